/**
 * Times of one thing done again and again.
 */
export async function secondsTaken(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/** Median and 99th percentile of so many calls, in ms, as one cell of a table. */
export async function quantilesOf(calls: number, call: () => Promise<unknown>): Promise<string> {
  const times: number[] = [];
  for (let i = 0; i < calls; i++) times.push(1_000 * (await secondsTaken(call)));
  const sorted = times.sort((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1);
  return `${at(0.5)} / ${at(0.99)}`;
}
