/**
 * Measures contestants side by side: every round runs each of them once, so that whatever else the machine does falls
 * on all alike; of the rounds the median counts, and the fastest shows what other load on the machine disturbed least.
 */
import { setTimeout } from 'node:timers/promises';
import { type BenchSize, type Contestant, flopsOf } from './contestant.ts';

export interface Result {
  name: string;
  msPerStep: number;
  /** In the fastest round. */
  leastMsPerStep: number;
  /** Billions of floating-point operations a second. */
  gflops: number;
}

export interface MeasureOptions {
  rounds: number;
  /** How long one contestant's part of a round should take. A step that is longer is still run once. */
  roundMs: number;
}

/** Threads of the last contestant go on looking for work for a while, on the cores of the next one. */
const settleMs = 150;

export async function measure(
  contestants: readonly Contestant[],
  size: BenchSize,
  { rounds, roundMs }: MeasureOptions,
): Promise<Result[]> {
  const runs = [];
  for (const contestant of contestants) {
    runs.push({ contestant, steps: await stepsWithin(contestant, size, roundMs), ms: [] as number[] });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { contestant, steps, ms } of runs) {
      await setTimeout(settleMs);
      ms.push((1000 * (await contestant.train(size, steps))) / steps);
    }
  }
  return runs.map(({ contestant, ms }) => {
    const msPerStep = median(ms);
    return {
      name: contestant.name,
      msPerStep,
      leastMsPerStep: Math.min(...ms),
      gflops: flopsOf(size) / (msPerStep * 1e6),
    };
  });
}

/** As many steps as take about that long; finding out warms up the contestant's compilers and caches. */
async function stepsWithin(contestant: Contestant, size: BenchSize, ms: number): Promise<number> {
  await contestant.train(size, 1);
  for (let steps = 1; ; steps *= 4) {
    const taken = 1000 * (await contestant.train(size, steps));
    if (taken >= ms / 4) return Math.max(1, Math.round((steps * ms) / taken));
  }
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)] + sorted[Math.ceil((sorted.length - 1) / 2)]) / 2;
}
