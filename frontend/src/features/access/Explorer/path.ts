/** The address of one of the explorer's questions, as far as it is asked already. */
export function explorerPath(question: { subject?: string; operation?: string; target?: string }, tab = ""): string {
  const params = new URLSearchParams(Object.entries(question).filter(([, value]) => value));
  return `/explorer${tab && `/${tab}`}?${params}`;
}
