/**
 * The data of a job, from spec to loss: on the reference engine and on simd, so that padding, pieces and held-out sets
 * are seen by what they change.
 */
import { describe, expect, it } from 'vitest';
import { labelledSequences } from '../../src/data/batching/sequence-batches.ts';
import type { Dataset } from '../../src/data/datasets/dataset.ts';
import { datasetFacts } from '../../src/data/datasets/dataset.ts';
import { InputEncoder } from '../../src/data/encoding/encoder.ts';
import { unknowable } from '../../src/data/task.ts';
import { type TrainingData, trainingData } from '../../src/data/training-data.ts';
import type { Engine } from '../../src/engine/contract.ts';
import { referenceEngine } from '../../src/engine/reference/engine.ts';
import { simdEngine } from '../../src/engine/simd/engine.ts';
import type { Batch } from '../../src/model/batch.ts';
import type { ModelDescription } from '../../src/model/description.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { Random } from '../../src/model/random.ts';
import { stateLength } from '../../src/model/state.ts';
import { completeSpec } from '../../src/spec/completion.ts';
import { modelOf } from '../../src/spec/described-model.ts';
import { type JobSpecInput, resolveJobSpec } from '../../src/spec/job-spec.ts';
import { datasetOfLines } from './stores.ts';

interface Run extends TrainingData {
  model: ModelDescription;
  weights: Float32Array;
  size: { batchSize: number; sequenceLength: number };
  steps: number;
}

function runOf(input: JobSpecInput, dataset?: Dataset): Run {
  const facts = dataset && datasetFacts(dataset.sheet, dataset.offsets);
  const spec = completeSpec(
    resolveJobSpec(dataset ? { ...input, task: { type: 'dataset', dataset: dataset.sheet.id } } : input),
    facts,
  );
  const model = modelOf(spec, facts);
  const { batchSize, sequenceLength } = spec.data;
  return {
    ...trainingData(spec, dataset),
    model,
    weights: initialWeights(model, Random.seeded(1, 'weights')),
    size: { batchSize, sequenceLength },
    steps: spec.training.steps,
  };
}

/** Σ mask·(-ln p) and Σ mask over so many training batches, with weights that do not move. */
function lossOfTraining(engine: Engine, { model, weights, size, carryState, source }: Run, batches: number) {
  const carried = new Float32Array(stateLength(model, size.batchSize));
  const optimizer = { type: 'sgd', learningRate: 0, clipNorm: null } as const;
  const trainer = engine.createTrainer({ model, ...size, optimizer, carryState }, { weights, slots: {}, carried });
  const sum = { loss: 0, weight: 0 };
  for (let b = 0; b < batches; b++) {
    const batch = source.next();
    trainer.step(batch);
    const weight = batch.mask.reduce((total, value) => total + value, 0);
    sum.loss += trainer.metrics().loss * weight;
    sum.weight += weight;
  }
  trainer.dispose();
  return sum;
}

/** The same over whole sequences, one by one. */
function lossOfSequences({ model, weights }: Run, sequences: Iterable<{ inputs: Float32Array; labels: Int32Array }>) {
  const predictor = referenceEngine.createPredictor(model, weights);
  const sum = { loss: 0, weight: 0 };
  for (const { inputs, labels } of sequences) {
    const probabilities = predictor.predict(inputs, labels.length);
    for (const [t, label] of labels.entries()) {
      if (label === unknowable) continue;
      sum.loss -= Math.log(probabilities[t * model.head.classes + label]);
      sum.weight++;
    }
  }
  predictor.dispose();
  return sum;
}

function lossOfBatches({ model, weights, size }: Run, batches: Iterable<Batch>) {
  const carried = new Float32Array(stateLength(model, size.batchSize));
  const optimizer = { type: 'sgd', learningRate: 0, clipNorm: null } as const;
  const config = { model, ...size, optimizer, carryState: false };
  const trainer = referenceEngine.createTrainer(config, { weights, slots: {}, carried });
  const sum = { loss: 0, weight: 0 };
  for (const batch of batches) {
    const probabilities = trainer.probabilities(batch);
    for (const [at, weight] of batch.mask.entries()) {
      if (weight === 0) continue;
      sum.loss -= weight * Math.log(probabilities[at * model.head.classes + batch.labels[at]]);
      sum.weight += weight;
    }
  }
  trainer.dispose();
  return sum;
}

/** Sequences of 1 to 40 steps, some without a target. */
function linesOf(count: number): { x: number[]; y: (string | null)[] }[] {
  const random = Random.seeded(4, 'data');
  return Array.from({ length: count }, () => {
    const x = Array.from({ length: 1 + random.integer(40) }, () => random.integer(5));
    return { x, y: x.map((value, t) => (t % 4 === 3 ? null : value > 2 ? 'high' : 'low')) };
  });
}

const whole = { train: 1, validation: 0, test: 0 };

describe('the loss over an epoch of a dataset', () => {
  it.each([
    [{ batchSize: 6, sequenceLength: 40, rows: 'independent' as const }, false],
    [{ batchSize: 6, sequenceLength: 7, rows: 'independent' as const }, true],
    [{ batchSize: 1, sequenceLength: 9, rows: 'lanes' as const }, true],
  ])('is that of its sequences, run one by one and whole: %o', async (data, carryState) => {
    const dataset = await datasetOfLines(...linesOf(50));
    const run = runOf({ data: { ...data, split: whole }, training: { epochs: 1 } }, dataset);
    expect(run.carryState).toBe(carryState);
    const heldOut = runOf({ data: { ...data, split: { train: 0.02, validation: 0.98, test: 0 } } }, dataset);
    expect(heldOut.heldOut('validation')!.fits).toBe(!carryState);
    const encoder = InputEncoder.restored(run.encoding.inputs);
    const all = labelledSequences(dataset, [...dataset.offsets.keys()].slice(0, -1), encoder);
    const expected = lossOfSequences(run, all);
    for (const engine of [referenceEngine, simdEngine]) {
      const trained = lossOfTraining(engine, runOf({ data: { ...data, split: whole } }, dataset), run.steps);
      expect(trained.weight).toBe(expected.weight);
      expect(trained.loss / expected.loss).toBeCloseTo(1, 5);
    }
  });
});

describe('held-out data', () => {
  it('of a dataset give the same loss as batches and as sequences, and are not trained on', async () => {
    const dataset = await datasetOfLines(...linesOf(60));
    const run = runOf({ data: { batchSize: 4, sequenceLength: 40 } }, dataset);
    for (const part of ['validation', 'test'] as const) {
      const heldOut = run.heldOut(part)!;
      expect(heldOut.fits).toBe(true);
      const bySequence = lossOfSequences(run, heldOut.sequences());
      const byBatch = lossOfBatches(run, heldOut.batches());
      expect(byBatch.weight).toBe(bySequence.weight);
      expect(byBatch.loss / bySequence.loss).toBeCloseTo(1, 5);
      expect([...heldOut.sequences()]).toHaveLength(6);
    }
    expect(runOf({ data: { split: whole } }, dataset).heldOut('test')).toBeNull();
  });

  it.each([
    { data: { rows: 'independent' } },
    { data: { rows: 'lanes' } },
    { data: { rows: 'flat', layout: 'time-major', batchSize: 50, sequenceLength: 2 } },
    { task: { type: 'adding', length: 20 }, data: { batchSize: 20 } },
  ] satisfies JobSpecInput[])('of a built-in task are the same every time, and validation is not test: %o', (input) => {
    const run = runOf(input);
    const inputsOf = (part: 'validation' | 'test') =>
      [...run.heldOut(part)!.sequences()].map(({ inputs }) => inputs.join());
    expect(inputsOf('validation')).toEqual(inputsOf('validation'));
    expect(inputsOf('validation')).not.toEqual(inputsOf('test'));
    const bySequence = lossOfSequences(run, run.heldOut('validation')!.sequences());
    const byBatch = lossOfBatches(run, run.heldOut('validation')!.batches());
    expect(byBatch.weight).toBe(bySequence.weight);
    expect(byBatch.weight).toBeGreaterThan(500);
    expect(byBatch.loss / bySequence.loss).toBeCloseTo(1, 5);
  });
});

describe('the encoding of a job', () => {
  it('holds label names for datasets, and for built-in tasks the inputs they have, and survives JSON', async () => {
    const dataset = await datasetOfLines(...linesOf(10));
    const { encoding } = runOf({}, dataset);
    expect(encoding.labels).toEqual(['high', 'low']);
    expect(JSON.parse(JSON.stringify(encoding))).toEqual(encoding);
    const builtIn = runOf({}).encoding;
    const domain = { kind: 'ranges', ranges: [{ from: 0, to: 1, onlyIntegers: true }] };
    expect(builtIn).toEqual({
      inputs: { kind: 'numbers', features: 1, mean: [0], scale: [1], fill: null, domain },
      labels: null,
    });
    expect(JSON.parse(JSON.stringify(builtIn))).toEqual(builtIn);
  });
});

describe('class weights', () => {
  it('enter the mask of training batches, and of held-out ones do not', async () => {
    const dataset = await datasetOfLines(...linesOf(40));
    const run = runOf({ training: { classWeights: [0.25, 4] } }, dataset);
    const { mask, labels } = run.source.next();
    for (const [at, weight] of mask.entries()) expect([0, [0.25, 4][labels[at]]]).toContain(weight);
    expect(new Set(mask)).toEqual(new Set([0, 0.25, 4]));
    for (const batch of run.heldOut('validation')!.batches()) expect(Math.max(...batch.mask)).toBe(1);
    const builtIn = runOf({ training: { classWeights: [1, 2, 3, 0] } }).source.next();
    expect(new Set(builtIn.mask)).toEqual(new Set([0, 1, 2, 3]));
    for (const [at, weight] of builtIn.mask.entries()) if (weight > 0) expect(weight).toBe(builtIn.labels[at] + 1);
  });
});
