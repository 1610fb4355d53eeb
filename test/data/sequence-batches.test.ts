/**
 * Batches of a dataset: every step once an epoch, whatever the lengths, the lanes or the classes of length; padding
 * counts nothing; a resumed source goes on to the bit.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { balancedWeights } from '../../src/data/batching/class-weights.ts';
import { stepsOfEpochs } from '../../src/data/batching/row-plans.ts';
import {
  datasetBatches,
  heldOutBatches,
  labelledSequences,
  type SequenceBatchOptions,
} from '../../src/data/batching/sequence-batches.ts';
import type { BatchSource } from '../../src/data/batching/task-batches.ts';
import type { Dataset } from '../../src/data/datasets/dataset.ts';
import { InputEncoder } from '../../src/data/encoding/encoder.ts';
import { unknowable } from '../../src/data/task.ts';
import type { Batch } from '../../src/model/batch.ts';
import { Random } from '../../src/model/random.ts';
import { datasetOfLines } from './stores.ts';

/**
 * A dataset in memory whose value at a step is the step's own number, so that a batch tells where each of its steps
 * comes from. Every third step has no target.
 */
function numberedDataset(lengths: readonly number[]): Dataset {
  const offsets = new Int32Array(lengths.length + 1);
  for (const [s, length] of lengths.entries()) offsets[s + 1] = offsets[s] + length;
  const steps = offsets[lengths.length];
  const counts = [0, 0];
  const labels = Int32Array.from({ length: steps }, (_, step) => (step % 3 === 2 ? unknowable : step % 2));
  for (const label of labels) if (label !== unknowable) counts[label]++;
  return {
    sheet: {
      id: 'ds_000000000000000000000000',
      name: null,
      format: 'ndjson',
      createdAt: new Date(0).toISOString(),
      bytes: 0,
      sequences: lengths.length,
      steps,
      labelled: counts[0] + counts[1],
      lengths: { shortest: 1, longest: 1, mean: 1, histogram: [] },
      inputs: { kind: 'numbers', features: [{ name: null, min: 0, max: steps, mean: 0, std: 1, missing: 0 }] },
      labels: { at: 'every-step', names: [0, 1], counts, balance: 1 },
    },
    offsets,
    inputs: { kind: 'numbers', width: 1, values: Float32Array.from({ length: steps }, (_, step) => step + 1) },
    labels,
  };
}

const encoder = InputEncoder.plain(1);

function all(dataset: Dataset): Int32Array {
  return Int32Array.from({ length: dataset.sheet.sequences }, (_, s) => s);
}

function sourceOf(dataset: Dataset, options: SequenceBatchOptions, seed = 1): BatchSource {
  return datasetBatches(dataset, all(dataset), encoder, options, Random.seeded(seed, 'data'));
}

interface Seen {
  step: number;
  label: number;
  weight: number;
}

/** The labelled steps of a batch, by the number that their input holds. Checks that what is padded is zero. */
function seenIn({ batchSize, sequenceLength, inputs, labels, mask }: Batch): Seen[] {
  expect([inputs.length, labels.length, mask.length]).toEqual(Array(3).fill(batchSize * sequenceLength));
  const seen: Seen[] = [];
  for (let at = 0; at < mask.length; at++) {
    if (mask[at] > 0) seen.push({ step: inputs[at] - 1, label: labels[at], weight: mask[at] });
    // Padding is 0, and a step that stands there without a target is every third one.
    else expect([labels[at], inputs[at] % 3]).toEqual([0, 0]);
  }
  return seen;
}

function expected(dataset: Dataset, weights = [1, 1]): Seen[] {
  return [...dataset.labels.entries()]
    .filter(([, label]) => label !== unknowable)
    .map(([step, label]) => ({ step, label, weight: Math.fround(weights[label]) }));
}

function sorted(seen: Seen[]): Seen[] {
  return seen.sort((a, b) => a.step - b.step);
}

function copy(batch: Batch): Batch {
  return {
    ...batch,
    inputs: batch.inputs.slice(),
    labels: batch.labels.slice(),
    mask: batch.mask.slice(),
    starts: batch.starts?.slice(),
  };
}

const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 });
const batchOptions = fc.record({
  batchSize: fc.integer({ min: 1, max: 9 }),
  sequenceLength: fc.integer({ min: 1, max: 17 }),
  rows: fc.constantFrom('independent' as const, 'lanes' as const),
  lengthClasses: fc.integer({ min: 1, max: 10 }),
});

describe('an epoch', () => {
  it('of independent rows holds every step once, in as many batches as promised, with any classes of length', () => {
    fc.assert(
      fc.property(lengths, batchOptions, (sizes, options) => {
        const dataset = numberedDataset(sizes);
        const independent = { ...options, rows: 'independent' as const, classWeights: [1, 0.3] };
        const source = sourceOf(dataset, independent);
        const batches = stepsOfEpochs(sizes, 1, independent);
        for (let epoch = 0; epoch < 3; epoch++) {
          const seen: Seen[] = [];
          for (let b = 0; b < batches; b++) seen.push(...seenIn(source.next()));
          expect(sorted(seen)).toEqual(expected(dataset, [1, 0.3]));
        }
        expect(source.state()).toMatchObject({ epoch: 2 });
      }),
    );
  });

  it('in lanes holds every step once', () => {
    fc.assert(
      fc.property(lengths, batchOptions, (sizes, options) => {
        const dataset = numberedDataset(sizes);
        const lanes = { ...options, rows: 'lanes' as const };
        const source = sourceOf(dataset, lanes);
        const counts = new Map<number, number>();
        // After so many batches as two epochs promise, each step has come twice, but for what lanes are still at.
        const batches = stepsOfEpochs(sizes, 2, lanes);
        const pieces = sizes.reduce((sum, length) => sum + Math.ceil(length / options.sequenceLength), 0);
        expect(batches).toBe(Math.ceil((2 * pieces) / options.batchSize));
        for (let b = 0; b < batches + Math.max(...sizes); b++) {
          for (const { step } of seenIn(source.next())) counts.set(step, (counts.get(step) ?? 0) + 1);
        }
        for (const { step } of expected(dataset)) expect(counts.get(step)).toBeGreaterThanOrEqual(2);
      }),
    );
  });

  it('has another order each time, and the same one for the same seed', () => {
    const dataset = numberedDataset(Array(50).fill(3));
    const firstSteps = (seed: number) => {
      const source = sourceOf(dataset, { batchSize: 50, sequenceLength: 3, rows: 'independent' }, seed);
      return [0, 1].map(() => source.next().inputs.slice(0, 50).join());
    };
    const [first, second] = firstSteps(1);
    expect(first).not.toBe(second);
    expect(firstSteps(1)).toEqual([first, second]);
    expect(firstSteps(2)[0]).not.toBe(first);
  });
});

describe('a long sequence', () => {
  it.each(['independent', 'lanes'] as const)(
    'comes in pieces that follow each other in the same row, with %s rows',
    (rows) => {
      const dataset = numberedDataset([25, 7, 31, 10, 1, 22, 10]);
      const source = sourceOf(dataset, { batchSize: 3, sequenceLength: 10, rows });
      const last: (number | undefined)[] = [];
      for (let b = 0; b < 40; b++) {
        const { batchSize, sequenceLength, inputs, starts } = source.next();
        for (let row = 0; row < batchSize; row++) {
          const values = Array.from({ length: sequenceLength }, (_, t) => inputs[t * batchSize + row]).filter(
            (v) => v > 0,
          );
          const first = values[0] === undefined ? undefined : values[0] - 1;
          const begins = first !== undefined && dataset.offsets.includes(first);
          if (first !== undefined) expect(starts![row]).toBe(begins ? 1 : 0);
          if (first !== undefined && !begins) expect(first).toBe(last[row]! + 1);
          expect(values).toEqual(values.map((_, t) => values[0] + t));
          if (values.length > 0) last[row] = values.at(-1)! - 1;
        }
      }
    },
  );
});

describe('padding', () => {
  it('is at most what the classes of length allow, and far less than without them', () => {
    const random = Random.seeded(5, 'data');
    const dataset = numberedDataset(Array.from({ length: 2000 }, () => 5 + random.integer(96)));
    const padded = (lengthClasses: number) => {
      const options = { batchSize: 16, sequenceLength: 100, rows: 'independent' as const, lengthClasses };
      const source = sourceOf(dataset, options);
      let cells = 0;
      for (let b = 0; b < 125; b++) {
        const { batchSize, sequenceLength } = source.next();
        cells += batchSize * sequenceLength;
      }
      return 1 - dataset.sheet.steps / cells;
    };
    expect(padded(1)).toBeGreaterThan(0.35);
    expect(padded(8)).toBeLessThan(0.13);
  });
});

describe('a resumed source', () => {
  it('goes on to the bit', () => {
    fc.assert(
      fc.property(lengths, batchOptions, fc.integer({ min: 0, max: 30 }), (sizes, options, before) => {
        const dataset = numberedDataset(sizes);
        const whole = sourceOf(dataset, options);
        for (let b = 0; b < before; b++) whole.next();
        const resumed = sourceOf(dataset, options, 99);
        for (let b = 0; b < 3; b++) resumed.next();
        resumed.restore(JSON.parse(JSON.stringify(whole.state())));
        for (let b = 0; b < 20; b++) expect(copy(resumed.next())).toEqual(copy(whole.next()));
        expect(resumed.state()).toEqual(whole.state());
      }),
    );
  });

  it('does not take the position in a built-in task for its own', () => {
    const source = sourceOf(numberedDataset([1]), { batchSize: 1, sequenceLength: 1, rows: 'lanes' });
    expect(() => source.restore({ random: [1, 2, 3, 4], streams: [] })).toThrow(/built-in task/);
  });
});

describe('held-out data', () => {
  it('come as batches, every step once and always the same, and as whole sequences', () => {
    fc.assert(
      fc.property(lengths, batchOptions, (sizes, options) => {
        const dataset = numberedDataset(sizes);
        const batches = () => [...heldOutBatches(dataset, all(dataset), encoder, options)].flatMap(seenIn);
        // Each batch is valid until the next: so look at them one by one.
        const seen: Seen[] = [];
        for (const batch of heldOutBatches(dataset, all(dataset), encoder, options)) seen.push(...seenIn(batch));
        expect(sorted(seen)).toEqual(expected(dataset));
        expect(batches()).toEqual(batches());
        const sequences = [...labelledSequences(dataset, all(dataset), encoder)];
        expect(sequences.flatMap(({ inputs }) => [...inputs])).toEqual(Array.from(dataset.labels, (_, t) => t + 1));
        expect(sequences.flatMap(({ labels }) => [...labels])).toEqual([...dataset.labels]);
      }),
    );
  });
});

describe('balanced class weights', () => {
  it('let every class weigh the same, and a labelled step 1 on average', async () => {
    const dataset = await datasetOfLines(
      { x: [0, 0, 0, 0], y: ['a', 'a', 'a', 'b'] },
      { x: [0, 0, 0], y: ['a', 'b', null] },
      { x: [0], y: ['c'] },
    );
    const weights = balancedWeights(dataset, [0, 1]);
    expect(weights).toEqual([6 / (2 * 4), 6 / (2 * 2), 0]);
    expect(4 * weights[0] + 2 * weights[1]).toBeCloseTo(6, 12);
    expect(balancedWeights(dataset, [2])).toEqual([0, 0, 1]);
  });
});
