/**
 * Job specs over datasets: what they default to, the steps that epochs make, and what is refused.
 */
import { describe, expect, it } from 'vitest';
import type { DatasetFacts } from '../../src/data/datasets/dataset.ts';
import { InvalidInputError } from '../../src/platform/errors.ts';
import { completeSpec, datasetOf } from '../../src/spec/completion.ts';
import { estimate, modelOf } from '../../src/spec/described-model.ts';
import { type JobSpec, type JobSpecInput, resolveJobSpec } from '../../src/spec/job-spec.ts';

const id = 'ds_0123456789abcdef01234567';
const task = { type: 'dataset', dataset: id } as const;
const numbers: DatasetFacts = {
  id,
  kind: 'numbers',
  width: 3,
  classes: 4,
  labelsAt: 'every-step',
  nameBytes: 0,
  lengths: new Int32Array(100).fill(20),
};
const strings: DatasetFacts = { ...numbers, kind: 'strings', width: 30 };

function resolve(input: JobSpecInput, dataset?: DatasetFacts): JobSpec {
  return completeSpec(resolveJobSpec(input), dataset);
}

function pathsOf(resolve: () => unknown): string[] {
  try {
    resolve();
  } catch (error) {
    if (error instanceof InvalidInputError) return error.issues.map(({ path }) => path);
    throw error;
  }
  return [];
}

describe('a spec over a dataset', () => {
  it('has the defaults that its kind of inputs needs, and is resolved to itself', () => {
    const spec = resolve({ task }, numbers);
    expect(spec.data).toEqual({
      batchSize: 7,
      sequenceLength: 50,
      layout: 'batch-major',
      rows: 'independent',
      split: { train: 0.8, validation: 0.1, test: 0.1 },
      standardize: true,
    });
    expect(spec.training).toMatchObject({ steps: 3000, evaluateEvery: 300 });
    expect(resolve(spec, numbers)).toEqual(spec);
    expect(resolve({ task }, strings).data).toMatchObject({ unknown: 'refuse' });
    expect(resolve({ task }, strings).data).not.toHaveProperty('standardize');
  });

  it('makes steps of epochs', () => {
    // 80 sequences for training in groups of 10: 8 batches, or 16 where a sequence takes two pieces.
    const spec = { task, data: { batchSize: 10 }, training: { epochs: 5 } };
    expect(resolve(spec, numbers).training.steps).toBe(40);
    expect(resolve({ ...spec, data: { batchSize: 10, sequenceLength: 10 } }, numbers).training.steps).toBe(80);
    expect(resolve({ ...spec, data: { batchSize: 9, rows: 'lanes' } }, numbers).training.steps).toBe(45);
    const resolved = resolve(spec, numbers);
    expect(resolve(resolved, numbers)).toEqual(resolved);
  });

  it('takes epochs or steps, not both, and a preset’s steps give way to epochs', () => {
    const epochs = { task, data: { batchSize: 10 }, training: { epochs: 5 } };
    for (const steps of [100, 3000]) {
      const both = { ...epochs, training: { epochs: 5, steps } };
      const message = `is ${steps}, but training.epochs is 5, which makes 40 steps: give one of the two`;
      expect(() => resolve(both, numbers)).toThrow(message);
    }
    for (const preset of ['working', 'lookback'] as const) {
      const spec = resolve({ preset, ...epochs, data: { batchSize: 10, rows: 'independent' } }, numbers);
      expect(spec.training).toMatchObject({ epochs: 5, steps: 40 });
    }
  });

  it('sizes its model by the facts of the dataset', () => {
    expect(modelOf(resolve({ task }, numbers), numbers)).toMatchObject({
      input: { features: 3 },
      head: { classes: 4 },
    });
    expect(modelOf(resolve({ task }, strings), strings)).toMatchObject({
      input: { features: 30 },
      head: { classes: 4 },
    });
    const unk = resolve({ task, data: { unknown: 'unk' } }, strings);
    expect(modelOf(unk, strings)).toMatchObject({ input: { features: 31 } });
    expect(estimate(unk, strings).flops).toBeGreaterThan(estimate(resolve({ task }, numbers), numbers).flops);
    expect(() => modelOf(unk)).toThrow(/facts of dataset ds_0123/);
  });

  it('without early stopping and validation is not evaluated', () => {
    const spec = { task, data: { split: { train: 1, validation: 0, test: 0 } } };
    expect(resolve(spec, numbers).training.evaluateEvery).toBeUndefined();
  });

  it.each<[string, JobSpecInput, DatasetFacts | undefined]>([
    ['task.dataset', { task }, undefined],
    ['task.dataset', { task: { ...task, dataset: 'ds_1123456789abcdef01234567' } }, numbers],
    ['task.dataset', { task: { ...task, dataset: 'abc' } }, numbers],
    ['data.layout', { task, data: { layout: 'time-major' } }, numbers],
    ['data.rows', { task, data: { rows: 'flat' } }, numbers],
    ['data.standardize', { task, data: { standardize: true } }, strings],
    ['data.unknown', { task, data: { unknown: 'unk' } }, numbers],
    ['data.split', { task, data: { split: { train: 0.5, validation: 0.1, test: 0.1 } } }, numbers],
    [
      'data.split',
      { task, data: { split: { train: 1, validation: 0, test: 0 } }, training: { earlyStopping: {} } },
      numbers,
    ],
    ['training.classWeights', { task, training: { classWeights: [1, 1] } }, numbers],
    ['training.classWeights', { task, training: { classWeights: [0, 0, 0, 0] } }, numbers],
    ['training.epochs', { task, training: { epochs: 10_000_000 } }, numbers],
    ['training.reportEvery', { task, training: { epochs: 10_000, reportEvery: 1, checkpointEvery: 100_000 } }, numbers],
    ['data.layout', { preset: 'broken', task }, numbers],
  ])('is refused at %s: %o', (path, spec, dataset) => {
    expect(pathsOf(() => resolve(spec, dataset))).toContain(path);
  });

  it('names its dataset', () => {
    expect(datasetOf(resolveJobSpec({ task }))).toBe(id);
    expect(datasetOf(resolveJobSpec({}))).toBeUndefined();
  });
});

describe('a spec over a built-in task', () => {
  it('is as it was, without fields that only datasets have', () => {
    const spec = resolve({});
    expect(Object.keys(spec.data)).toEqual(['batchSize', 'sequenceLength', 'layout', 'rows']);
    expect(Object.keys(spec.training)).toEqual(['steps', 'reportEvery', 'checkpointEvery', 'seed']);
  });

  it('is evaluated when it may stop early', () => {
    const spec = resolve({ training: { reportEvery: 50, earlyStopping: { patience: 2 } } });
    expect(spec.training).toMatchObject({ evaluateEvery: 50, earlyStopping: { patience: 2, minDelta: 0 } });
    expect(resolve({ training: { evaluateEvery: 20 } }).training.evaluateEvery).toBe(20);
  });

  it.each<[string, JobSpecInput]>([
    ['data.split', { data: { split: {} } }],
    ['data.standardize', { data: { standardize: false } }],
    ['data.unknown', { data: { unknown: 'unk' } }],
    ['training.epochs', { training: { epochs: 3 } }],
    ['training.classWeights', { training: { classWeights: 'balanced' } }],
    ['training.classWeights', { training: { classWeights: [1, 2, 3] } }],
    ['training.evaluateEvery', { training: { steps: 100_000, reportEvery: 100, evaluateEvery: 1 } }],
  ])('is refused at %s: %o', (path, spec) => {
    expect(pathsOf(() => resolve(spec))).toEqual([path]);
  });
});
