/**
 * A probe: a small LSTM of the engine `simd`, trained on crops of the data from zero state. What it can predict from so
 * many values is usable information (Xu et al., "A theory of usable information under computational constraints", ICLR
 * 2020): labels can be known at least as well as that.
 */
import type { Trainer, TrainerState } from '../../engine/contract.ts';
import { predictingEngine } from '../../engine/predicting.ts';
import { forwardFlops } from '../../model/cost.ts';
import { stackOf } from '../../model/description.ts';
import { initialWeights } from '../../model/initial-values.ts';
import { initialSlots, type Optimizer } from '../../model/optimizer.ts';
import { parameterCount } from '../../model/parameters.ts';
import { Random } from '../../model/random.ts';
import { stateLength } from '../../model/state.ts';
import { Crops } from './crops.ts';
import { longestRow, type ProbedData } from './probed-data.ts';

/** Steps of a crop at most. */
export const cropSteps = 64;
/** Of a probe that serves all depths. */
export const usualUnits = 16;

export interface ProbePlan {
  /** Of weights and crops: the same probe for the same data and seed. */
  seed: number;
  units: number;
  /** Crops of a batch. */
  batchSize: number;
  /** Batches that train. */
  steps: number;
  /** Steps of the data from one step of a crop to the next. */
  stride: number;
  /**
   * Steps of the crops that train. `any`: of up to 64 steps around a label, in turn with short ones, so that every depth is
   * learned. Otherwise they end at a label; every other batch has the last of these lengths, and the others one of them at random.
   */
  lengths: 'any' | readonly number[];
  /** Shares of the training after which the probe is asked, ascending to 1. */
  stages: readonly number[];
}

/** The learning rate falls from this to 0, in so many steps: to the end of the training, a probe settles. */
const learningRate = 0.02;
const falls = 10;
/** Of crops of any length, those in turn with the long ones are no longer than this. */
const shortSteps = 16;
const meanShortSteps = 6;

function optimizer(share: number): Optimizer {
  return {
    type: 'adam',
    learningRate: learningRate * (1 - share),
    beta1: 0.9,
    beta2: 0.999,
    epsilon: 1e-7,
    clipNorm: 1,
  };
}

/** What a class costs at each step beside its weights: exponentials and, in training, their gradient; in judging, copies. */
const flopsOfClass = { training: 30, judging: 200 };

/** Floating-point operations of a probe's training, forward and backward. */
export function trainingFlops(data: ProbedData, { units, batchSize, steps, stride, lengths }: ProbePlan): number {
  const longest = Math.ceil(longestRow(data) / stride);
  const drawn = lengths === 'any' ? [meanShortSteps] : lengths;
  const most = Math.min(longest, lengths === 'any' ? cropSteps : lengths[lengths.length - 1]);
  const others = drawn.reduce((sum, length) => sum + Math.min(longest, length), 0) / drawn.length;
  return 3 * flopsOfStep(data, units, 'training') * ((steps * batchSize * (most + others)) / 2);
}

/** Of judging one label by a probe of all depths at so many stages, by crops of the given numbers of steps. */
export function judgingFlops(data: ProbedData, stages: number, depths: readonly number[]): number {
  const longest = longestRow(data);
  const crops = depths.reduce((sum, depth) => sum + Math.min(depth, longest), 0);
  return stages * crops * flopsOfStep(data, usualUnits, 'judging');
}

function flopsOfStep({ features, classes }: ProbedData, units: number, purpose: keyof typeof flopsOfClass): number {
  return forwardFlops(stackOf({ features, units: [units], classes }), 1) + flopsOfClass[purpose] * classes;
}

/** Probabilities [n,C] of the labels at some steps, for a model that sees at most `depth` steps of a crop, the present one included. */
export type ProbeAtDepth = (steps: Int32Array, depth: number) => Float32Array;

/** Trains a probe on crops around the given labelled steps; has it answer as it was after each stage of its training. */
export function trainProbe<Answers>(
  data: ProbedData,
  training: Int32Array,
  plan: ProbePlan,
  ask: (probe: ProbeAtDepth) => Answers,
): Answers[] {
  const { seed, units, batchSize, steps, stride, lengths, stages } = plan;
  const model = stackOf({ features: data.features, units: [units], classes: data.classes });
  const random = Random.seeded(seed, 'diagnosis');
  const most = lengths === 'any' ? cropSteps : lengths[lengths.length - 1];
  const longest = Math.min(most, Math.ceil(longestRow(data) / stride));
  const crops = new Crops(data, training, { batchSize, longest, stride });
  const open = (share: number, state: TrainerState) =>
    predictingEngine.createTrainer(
      { model, batchSize, sequenceLength: longest, optimizer: optimizer(share), carryState: false },
      state,
    );
  const batch = (n: number) => {
    if (lengths !== 'any') return crops.before(n % 2 ? longest : lengths[random.integer(lengths.length)], random);
    return n % 2 ? crops.around(random) : crops.before(shortLength(longest, random), random);
  };
  let trainer = open(0, {
    weights: initialWeights(model, random),
    slots: initialSlots(optimizer(0), parameterCount(model)),
    carried: new Float32Array(stateLength(model, batchSize)),
  });
  const answers: Answers[] = [];
  try {
    for (let n = 1; n <= steps; n++) {
      const fall = Math.floor((falls * (n - 1)) / steps);
      if (n > 1 && fall > Math.floor((falls * (n - 2)) / steps)) {
        const state = trainer.state();
        trainer.dispose();
        trainer = open(fall / falls, state);
      }
      trainer.step(batch(n));
      while (answers.length < stages.length && n >= Math.round(stages[answers.length] * steps))
        answers.push(ask((at, depth) => probabilitiesAt(trainer, crops, data, at, depth)));
    }
  } finally {
    trainer.dispose();
  }
  return answers;
}

/** Of longer crops few labels have little past, and a probe would not learn what to make of it. */
function shortLength(longest: number, random: Random): number {
  return 1 + Math.floor(Math.min(shortSteps, longest) ** random.uniform());
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
