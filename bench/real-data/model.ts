/**
 * What a model reaches on real data: an LSTM of 32 units trained on four fifths of the sequences and judged on the rest,
 * that sees so many values and no more.
 */
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';
import { simdEngine } from '../../src/engine/simd/engine.ts';
import type { Batch } from '../../src/model/batch.ts';
import { stackOf } from '../../src/model/description.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { initialSlots, type Optimizer } from '../../src/model/optimizer.ts';
import { parameterCount } from '../../src/model/parameters.ts';
import { Random } from '../../src/model/random.ts';
import { lossOf } from '../../src/model/scoring.ts';

const units = 32;
const batchSize = 32;
const optimizer: Optimizer = {
  type: 'adam',
  learningRate: 0.005,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  clipNorm: 1,
};
/** Labels that judge, of each of two parts. */
const judgedLabels = 600;
const judgements = 6;

/**
 * The held-out loss with at most `depth` values, in nats: at the stage of the training that is best on other held-out
 * sequences. One sequence in ten belongs to each of the two.
 */
export function trainedLoss(sample: Sample, depth: number, steps: number, seed: number): number {
  const random = Random.seeded(seed, 'evaluation');
  const rows = sample.starts.length - 1;
  const partOf = Array.from({ length: rows }, () => [0, 0, 0, 0, 0, 0, 0, 0, 1, 2][random.integer(10)]);
  const rowOf = new Int32Array(sample.labels.length);
  for (let r = 0; r < rows; r++) rowOf.fill(r, sample.starts[r], sample.starts[r + 1]);
  const counted = Array.from(sample.labels.keys()).filter((step) => sample.mask[step] > 0);
  const parts = [0, 1, 2].map((part) => counted.filter((step) => partOf[rowOf[step]] === part));
  const [validation, test] = [1, 2].map((part) => evenly(parts[part], judgedLabels));
  const vocabulary = sample.inputKind === 'symbols' ? Math.max(...evenly([...sample.inputs], 100_000)) + 1 : 0;
  const features = vocabulary || sample.features;
  const write = vocabulary ? oneHot(sample, features) : standardised(sample);
  const longest = Math.min(depth, Math.max(...sample.starts.subarray(1).map((end, r) => end - sample.starts[r])));
  const model = stackOf({ features, units: [units], classes: sample.classes });
  const trainer = simdEngine.createTrainer(
    { model, batchSize, sequenceLength: longest, optimizer, carryState: false },
    {
      weights: initialWeights(model, random),
      slots: initialSlots(optimizer, parameterCount(model)),
      carried: new Float32Array(2 * units * batchSize),
    },
  );
  const firstOf = (step: number) => Math.max(sample.starts[rowOf[step]], step - longest + 1);
  const batchOf = (steps: number[]): Batch => {
    const inputs = new Float32Array(longest * batchSize * features);
    const labels = new Int32Array(longest * batchSize);
    const mask = new Float32Array(longest * batchSize);
    for (const [b, step] of steps.entries()) {
      for (let at = firstOf(step), t = 0; at <= step; at++, t++) {
        write(at, inputs, (t * batchSize + b) * features);
        labels[t * batchSize + b] = sample.labels[at];
        mask[t * batchSize + b] = sample.mask[at];
      }
    }
    return { batchSize, sequenceLength: longest, inputs, labels, mask };
  };
  const lossOn = (steps: number[]) => {
    let sum = 0;
    for (let from = 0; from < steps.length; from += batchSize) {
      const chosen = steps.slice(from, from + batchSize);
      const probabilities = trainer.probabilities(batchOf(chosen));
      for (const [b, step] of chosen.entries()) {
        const place = (step - firstOf(step)) * batchSize + b;
        sum += lossOf(probabilities[place * sample.classes + sample.labels[step]]);
      }
    }
    return sum / steps.length;
  };
  let best = { validation: Number.POSITIVE_INFINITY, test: Number.NaN };
  for (let n = 1; n <= steps; n++) {
    trainer.step(batchOf(Array.from({ length: batchSize }, () => parts[0][random.integer(parts[0].length)])));
    if (n % Math.ceil(steps / judgements) !== 0 && n !== steps) continue;
    const loss = lossOn(validation);
    if (loss < best.validation) best = { validation: loss, test: lossOn(test) };
  }
  trainer.dispose();
  return best.test;
}

function evenly<V>(list: V[], count: number): V[] {
  return list.filter((_, k) => k % Math.ceil(list.length / count) === 0);
}

type Write = (step: number, inputs: Float32Array, at: number) => void;

function oneHot({ inputs }: Sample, features: number): Write {
  return (step, into, at) => into.fill(0, at, at + features).fill(1, at + inputs[step], at + inputs[step] + 1);
}

function standardised({ inputs, features }: Sample): Write {
  const steps = inputs.length / features;
  const mean = new Float64Array(features);
  const square = new Float64Array(features);
  for (let at = 0; at < inputs.length; at++) {
    mean[at % features] += inputs[at] / steps;
    square[at % features] += inputs[at] ** 2 / steps;
  }
  const scale = square.map((value, i) => Math.sqrt(Math.max(0, value - mean[i] ** 2)) || 1);
  return (step, into, at) => {
    for (let i = 0; i < features; i++) into[at + i] = (inputs[step * features + i] - mean[i]) / scale[i];
  };
}
