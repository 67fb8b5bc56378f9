/** Milliseconds before attempt `attempt` (0 is the first retry): doubling from half a second to 15 s, with jitter. */
export function backoffMilliseconds(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(15_000, 500 * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
