/**
 * Three parts that share nothing: what trains, what stops training and chooses the best checkpoint, and what the report is judged on.
 */
import { describe, expect, it } from 'vitest';
import { trainingData } from '../../src/data/training-data.ts';
import { Random, type RandomState } from '../../src/model/random.ts';
import { type JobSpecInput, resolveJobSpec } from '../../src/spec/job-spec.ts';
import { datasetOfLines } from './stores.ts';

/** The step of the generator as a matrix over GF(2): what it makes of each of the 128 bits alone. It is linear, so that these tell all. */
function stepMatrix(): bigint[] {
  return Array.from({ length: 128 }, (_, bit) => {
    const random = Random.restored(wordsOf(1n << BigInt(bit)));
    random.bits();
    return bitsOf(random.state());
  });
}

function bitsOf(words: RandomState): bigint {
  return words.reduce((sum, word, n) => sum | (BigInt(word >>> 0) << BigInt(32 * n)), 0n);
}

function wordsOf(bits: bigint): RandomState {
  const word = (n: number) => Number((bits >> BigInt(32 * n)) & 0xffffffffn) | 0;
  return [word(0), word(1), word(2), word(3)];
}

function applied(matrix: readonly bigint[], vector: bigint): bigint {
  return matrix.reduce((sum, column, bit) => ((vector >> BigInt(bit)) & 1n ? sum ^ column : sum), 0n);
}

describe('a generator that jumps', () => {
  it('stands where 2^64 draws would have taken it', () => {
    let matrix = stepMatrix();
    for (let doubling = 0; doubling < 64; doubling++) {
      const half = matrix;
      matrix = half.map((column) => applied(half, column));
    }
    for (const seed of [1, 2, 4294967295]) {
      const random = Random.seeded(seed, 'evaluation');
      const expected = wordsOf(applied(matrix, bitsOf(random.state())));
      random.jump();
      expect(random.state()).toEqual(expected);
    }
  });
});

describe('training, validation and test', () => {
  it.each([
    { data: { rows: 'independent' } },
    { data: { rows: 'lanes' } },
    { data: { rows: 'flat' } },
    { data: { rows: 'flat', layout: 'time-major', batchSize: 50, sequenceLength: 60 } },
    { data: { batchSize: 1, sequenceLength: 4096 } },
    { task: { type: 'adding', length: 20 } },
  ] satisfies JobSpecInput[])('of a built-in task have no row in common: %o', (input) => {
    const { source, heldOut } = trainingData(resolveJobSpec(input));
    const rows = new Map<string, string>();
    const add = (inputs: Float32Array, part: string) => {
      // Long enough that two independent rows are never equal, short enough to lie within every row.
      for (let at = 0; at + 40 <= inputs.length; at += 10) {
        const row = inputs.subarray(at, at + 40).join();
        expect(rows.get(row) ?? part).toBe(part);
        rows.set(row, part);
      }
    };
    for (let n = 0; n < 20; n++) add(source.next().inputs, 'train');
    for (const part of ['validation', 'test'] as const) {
      for (const { inputs } of heldOut(part)!.sequences()) add(inputs, part);
    }
    expect(new Set(rows.values())).toEqual(new Set(['train', 'validation', 'test']));
  });

  it('of a dataset have no sequence in common, and each says how many it has', async () => {
    const lines = Array.from({ length: 50 }, (_, s) => ({ x: [s, s + 0.5], y: [s % 2, 1] }));
    const dataset = await datasetOfLines(...lines);
    const task = { type: 'dataset', dataset: dataset.sheet.id } as const;
    const { heldOut } = trainingData(resolveJobSpec({ task, data: { standardize: false } }), dataset);
    const starts = (part: 'validation' | 'test') => [...heldOut(part)!.sequences()].map(({ inputs }) => inputs[0]);
    expect(heldOut('test')).toMatchObject({ part: 'test', count: 5 });
    expect(new Set([...starts('validation'), ...starts('test')]).size).toBe(10);
  });
});
