/**
 * What a model reaches on real data: an LSTM of 32 units trained on four fifths of the sequences and judged on the rest,
 * that sees so many values and no more.
 */
import { blockStandardError } from '../../src/diagnosis/probing/held-out-blocks.ts';
import { longestRow } from '../../src/diagnosis/probing/probed-data.ts';
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
/** Shares of the training after which a model is judged: one that learns by heart is best early. */
const stages = [0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1];
/** So many models, each of which holds out another fifth of the sequences, judge all of them together. */
const allFolds = 5;
/** With fewer labels than this, so many models are trained in any case. */
const fewLabels = 2_500;

/** What a model is trained on, how long, and how it is judged. */
export interface TrainedModel {
  /** Values that it sees. */
  depth: number;
  /** Of its training. */
  steps: number;
  seed: number;
  /**
   * All sequences judge, however many labels there are: which of them a single model holds out may change its loss by more
   * than their standard error tells, where few are far harder than the rest.
   */
  judgedByAll: boolean;
}

export interface TrainedLoss {
  /** Held-out loss, in nats. */
  nats: number;
  /** Of that, over the sequences. */
  standardError: number;
}

/** Labels that judge one part of a split, and what each lost at each stage. */
interface Part {
  steps: number[];
  losses: number[][];
}

/**
 * The held-out loss with at most `depth` values: of each part, at the stage of the training that is best on the others.
 * One sequence in ten belongs to each part, two are held out at a time.
 */
export function trainedLoss(sample: Sample, { depth, steps, seed, judgedByAll }: TrainedModel): TrainedLoss {
  const random = Random.seeded(seed, 'evaluation');
  const rows = sample.starts.length - 1;
  const drawn = Array.from({ length: rows }, (_, r) => ({ r, at: random.uniform() })).sort((a, b) => a.at - b.at);
  const tenthOf = new Int32Array(rows);
  for (const [k, { r }] of drawn.entries()) tenthOf[r] = Math.floor((10 * k) / rows);
  const rowOf = new Int32Array(sample.labels.length);
  for (let r = 0; r < rows; r++) rowOf.fill(r, sample.starts[r], sample.starts[r + 1]);
  const counted = Array.from(sample.labels.keys()).filter((step) => sample.mask[step] > 0);
  const folds = judgedByAll || counted.length < fewLabels ? allFolds : 1;
  const parts: Part[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const of = (tenth: number) => counted.filter((step) => tenthOf[rowOf[step]] === tenth);
    const held = [2 * fold, 2 * fold + 1].map(
      (tenth): Part => ({ steps: evenly(of(tenth), judgedLabels), losses: [] }),
    );
    const training = counted.filter((step) => Math.floor(tenthOf[rowOf[step]] / 2) !== fold);
    train(sample, rowOf, training, held, { depth, steps }, random);
    parts.push(...held);
  }
  const totals = stages.map((_, stage) => parts.reduce((total, { losses }) => total + sum(losses[stage]), 0));
  const chosen = parts.map(({ losses }) => {
    const ofOthers = totals.map((total, stage) => total - sum(losses[stage]));
    return losses[ofOthers.indexOf(Math.min(...ofOthers))];
  });
  const blocks = Int32Array.from(parts.flatMap((part) => part.steps.map((step) => rowOf[step])));
  const losses = Float64Array.from(chosen.flat());
  return {
    nats: sum([...losses]) / losses.length,
    standardError: blockStandardError(losses, blocks) ?? Number.POSITIVE_INFINITY,
  };
}

/** Trains on crops that end at the labelled steps `training`, and judges the held-out parts at each stage. */
function train(
  sample: Sample,
  rowOf: Int32Array,
  training: number[],
  held: Part[],
  { depth, steps }: { depth: number; steps: number },
  random: Random,
): void {
  const vocabulary =
    sample.inputKind === 'symbols' ? sample.inputs.reduce((most, token) => Math.max(most, token), 0) + 1 : 0;
  const features = vocabulary || sample.features;
  const write = vocabulary ? oneHot(sample, features) : standardised(sample);
  const longest = Math.min(depth, longestRow(sample));
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
  const lossesOn = (steps: number[]) => {
    const losses: number[] = [];
    for (let from = 0; from < steps.length; from += batchSize) {
      const chosen = steps.slice(from, from + batchSize);
      const probabilities = trainer.probabilities(batchOf(chosen));
      for (const [b, step] of chosen.entries()) {
        const place = (step - firstOf(step)) * batchSize + b;
        losses.push(lossOf(probabilities[place * sample.classes + sample.labels[step]]));
      }
    }
    return losses;
  };
  for (let n = 1, stage = 0; n <= steps; n++) {
    trainer.step(batchOf(Array.from({ length: batchSize }, () => training[random.integer(training.length)])));
    if (n < Math.round(stages[stage] * steps)) continue;
    for (const part of held) part.losses.push(lossesOn(part.steps));
    stage++;
  }
  trainer.dispose();
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
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
