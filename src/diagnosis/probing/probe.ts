/**
 * A probe: a small LSTM of the engine `simd`, trained on crops of the data from zero state. What it can predict from so
 * many values is usable information (Xu et al., "A theory of usable information under computational constraints", ICLR
 * 2020): labels can be known at least as well as that.
 */
import type { Trainer, TrainerState } from '../../engine/contract.ts';
import { predictingEngine } from '../../engine/predicting.ts';
import type { Batch } from '../../model/batch.ts';
import { forwardFlops } from '../../model/cost.ts';
import { stackOf } from '../../model/description.ts';
import { initialWeights } from '../../model/initial-values.ts';
import { initialSlots, type Optimizer } from '../../model/optimizer.ts';
import { parameterCount } from '../../model/parameters.ts';
import { Random } from '../../model/random.ts';
import { stateLength } from '../../model/state.ts';
import { longestRow, type ProbedData } from './probed-data.ts';

/** Steps of a crop, and crops of a batch; of few data with a label on most steps, a batch of few crops holds enough. */
export const cropSteps = 64;
export const batchSizes = { usual: 32, few: 8 };
/** After each batch of such crops comes one of crops that are shorter than this. */
const shortSteps = 16;
const units = 16;
const optimizer: Optimizer = {
  type: 'adam',
  learningRate: 0.01,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-7,
  clipNorm: 1,
};

export interface ProbeOptions {
  /** Of weights and crops: the same probe for the same data and seed. */
  seed: number;
  /** Steps of training, and the shares of them after which a stage ends, ascending to 1. */
  steps: number;
  stages: readonly number[];
  /** Steps of the data from one step of a crop to the next. */
  stride: number;
  /** Crops of a batch. */
  batchSize: number;
}

/**
 * Floating-point operations that a probe is trained with at most, forward and backward, and judged with: a second in all.
 * Of data with many features or classes it takes fewer steps, and is judged on fewer labels.
 */
const mostFlops = { training: 2.5e10, judging: 1.2e10 };
/** What a class costs at each step beside its weights: exponentials and, in training, their gradient; in judging, copies. */
const flopsOfClass = { training: 30, judging: 200 };

/** Steps of training within that; `longest`: steps of a row. */
export function affordableTraining(data: ProbedData, longest: number): number {
  const steps = batchSizes.usual * Math.min(cropSteps, longest);
  return Math.floor(mostFlops.training / (3 * steps * flopsOfStep(data, flopsOfClass.training)));
}

/** Labels that may be judged, each by crops of `steps` steps in all. */
export function affordableLabels(data: ProbedData, steps: number): number {
  return Math.floor(mostFlops.judging / (steps * flopsOfStep(data, flopsOfClass.judging)));
}

function flopsOfStep({ features, classes }: ProbedData, ofClass: number): number {
  return forwardFlops(stackOf({ features, units: [units], classes }), 1) + ofClass * classes;
}

/** Probabilities [n,C] of the labels at some steps, for a model that sees at most `depth` values, the present one included. */
export type ProbeAtDepth = (steps: Int32Array, depth: number) => Float32Array;

/** A probe as it was after each stage of its training. */
export interface TrainedProbe {
  at(stage: number): ProbeAtDepth;
  /** What the probes of the stages hold is given back; they cannot be asked after that. */
  dispose(): void;
}

/** Trains a probe on crops around the given labelled steps. */
export function trainProbe(
  data: ProbedData,
  training: Int32Array,
  { seed, steps, stages, stride, batchSize }: ProbeOptions,
): TrainedProbe {
  const model = stackOf({ features: data.features, units: [units], classes: data.classes });
  const random = Random.seeded(seed, 'diagnosis');
  const longest = Math.min(cropSteps, Math.ceil(longestRow(data) / stride));
  const config = { model, batchSize, sequenceLength: longest, optimizer, carryState: false };
  const trainer = predictingEngine.createTrainer(config, {
    weights: initialWeights(model, random),
    slots: initialSlots(optimizer, parameterCount(model)),
    carried: new Float32Array(stateLength(model, batchSize)),
  });
  const crops = new Crops(data, longest, stride, batchSize);
  const trains = new Uint8Array(data.labels.length);
  for (const step of training) trains[step] = 1;
  const states: TrainerState[] = [];
  try {
    for (let n = 1; n <= steps; n++) {
      trainer.step(crops.around(training, trains, random));
      trainer.step(crops.short(training, trains, random));
      if (n >= Math.round(stages[states.length] * steps)) states.push(trainer.state());
    }
  } finally {
    trainer.dispose();
  }
  const opened = new Map<number, Trainer>();
  return {
    at(stage) {
      const of = opened.get(stage) ?? predictingEngine.createTrainer(config, states[stage]);
      opened.set(stage, of);
      return (at, depth) => probabilitiesAt(of, crops, data, at, depth);
    },
    dispose() {
      for (const of of opened.values()) of.dispose();
    },
  };
}

function probabilitiesAt(trainer: Trainer, crops: Crops, { classes: C }: ProbedData, steps: Int32Array, depth: number) {
  const { batchSize } = crops;
  const out = new Float32Array(steps.length * C);
  for (let from = 0; from < steps.length; from += batchSize) {
    const at = steps.subarray(from, from + batchSize);
    const batch = crops.ending(at, depth);
    const all = trainer.probabilities(batch);
    for (let b = 0; b < at.length; b++) {
      const t = crops.lengths[b] - 1;
      const place = (t * batch.batchSize + b) * C;
      out.set(all.subarray(place, place + C), (from + b) * C);
    }
  }
  return out;
}

/** Some steps of a row, `stride` apart: `first` and `count` of them. */
interface Crop {
  first: number;
  count: number;
}

/** Cuts batches of crops out of the data. A batch is valid until the next is asked for. */
class Crops {
  readonly #data: ProbedData;
  readonly #longest: number;
  readonly #stride: number;
  readonly #rowOf: Int32Array;
  readonly #batch: Batch;
  readonly batchSize: number;
  /** Steps of each crop of the last batch; what comes after them is zero and does not count. */
  readonly lengths: Int32Array;

  constructor(data: ProbedData, longest: number, stride: number, batchSize: number) {
    this.batchSize = batchSize;
    this.lengths = new Int32Array(batchSize);
    this.#data = data;
    this.#longest = longest;
    this.#stride = stride;
    this.#rowOf = new Int32Array(data.labels.length);
    for (let r = 0; r + 1 < data.starts.length; r++) this.#rowOf.fill(r, data.starts[r], data.starts[r + 1]);
    const numbers = longest * batchSize;
    this.#batch = {
      batchSize,
      sequenceLength: longest,
      inputs: new Float32Array(numbers * data.features),
      labels: new Int32Array(numbers),
      mask: new Float32Array(numbers),
    };
  }

  /** Crops that hold a labelled step each, drawn at random, at a random place: so that every depth is learned. */
  around(training: Int32Array, trains: Uint8Array, random: Random): Batch {
    const { starts } = this.#data;
    const drawn = (): Crop => {
      const step = training[random.integer(training.length)];
      const row = this.#rowOf[step];
      const first = this.#back(step, random.integer(this.#longest));
      const most = Math.ceil((starts[row + 1] - first) / this.#stride);
      return { first, count: Math.min(this.#longest, most) };
    };
    return this.#fill(Array.from({ length: this.batchSize }, drawn), this.#longest, trains);
  }

  /**
   * Crops of few steps, all as short as each other, that end at a labelled step: of longer crops few labels have so little
   * past, and a probe would not learn what to make of it.
   */
  short(training: Int32Array, trains: Uint8Array, random: Random): Batch {
    const steps = 1 + Math.floor(Math.min(shortSteps, this.#longest) ** random.uniform());
    const ends = Int32Array.from({ length: this.batchSize }, () => training[random.integer(training.length)]);
    return this.ending(ends, steps, trains);
  }

  /** Crops of at most `depth` steps that end at the given ones. */
  ending(steps: Int32Array, depth: number, counts?: Uint8Array): Batch {
    const longest = Math.min(depth, this.#longest);
    const crops = Array.from(steps, (step): Crop => {
      const first = this.#back(step, longest - 1);
      return { first, count: (step - first) / this.#stride + 1 };
    });
    return this.#fill(crops, longest, counts);
  }

  /** The step so many strides before one, or the earliest of its row. */
  #back(step: number, strides: number): number {
    const before = Math.floor((step - this.#data.starts[this.#rowOf[step]]) / this.#stride);
    return step - this.#stride * Math.min(strides, before);
  }

  #fill(crops: Crop[], T: number, counts?: Uint8Array): Batch {
    const { features: I, labels, write } = this.#data;
    const { inputs, labels: intoLabels, mask } = this.#batch;
    const B = crops.length;
    mask.fill(0, 0, T * B);
    for (const [b, { first, count }] of crops.entries()) {
      this.lengths[b] = count;
      for (let t = 0; t < count; t++) {
        const step = first + t * this.#stride;
        write(step, inputs, (t * B + b) * I);
        if (!counts?.[step]) continue;
        intoLabels[t * B + b] = labels[step];
        mask[t * B + b] = 1;
      }
      for (let t = count; t < T; t++) inputs.fill(0, (t * B + b) * I, (t * B + b + 1) * I);
    }
    return { ...this.#batch, batchSize: B, sequenceLength: T };
  }
}
