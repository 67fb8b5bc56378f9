/** The address of a question to the explorer, as far as it is asked already. */
export function explorerPath(question: { subject?: string; operation?: string; target?: string } = {}): string {
  const params = new URLSearchParams(Object.entries(question).filter(([, value]) => value));
  return params.size > 0 ? `/explorer?${params}` : "/explorer";
}
