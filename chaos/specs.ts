/**
 * The jobs of a chaos run: a seeded mix of sizes, row layouts and optimisers, few enough different ones that each needs
 * only one undisturbed run to be compared with.
 */

import type { Random } from '../src/model/random.ts';
import type { JobSpecInput } from '../src/spec/job-spec.ts';

const rows = ['independent', 'lanes', 'flat'] as const;
const optimizers = [{ type: 'sgd' }, { type: 'adam' }, { type: 'momentum', nesterov: true }] as const;
/** Units and steps: from a moment to some seconds of training. */
const sizes = [
  { units: 5, steps: 2_000, checkpointEvery: 400 },
  { units: 16, steps: 1_500, checkpointEvery: 200 },
  { units: 32, steps: 1_200, checkpointEvery: 150 },
  { units: 48, steps: 900, checkpointEvery: 100 },
];

/** The next job of the mix. */
export function drawSpec(random: Random): JobSpecInput {
  const { units, steps, checkpointEvery } = pick(random, sizes);
  return {
    engine: 'simd',
    diagnose: false,
    model: { layers: 2, units },
    data: { batchSize: 8, sequenceLength: 30, rows: pick(random, rows) },
    optimizer: pick(random, optimizers),
    training: { steps, checkpointEvery, reportEvery: checkpointEvery / 2 },
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.integer(items.length)];
}
