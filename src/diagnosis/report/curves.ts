/**
 * What the curves of a training show: a model that learns its training data by heart, one that is too small, steps that
 * are too large or too small, an end that came too soon. Each finding has its numbers and, where a change of the spec
 * mends it, the patch.
 */
import type { Finding, PatchOperation } from '../doctor/doctor-schema.ts';
import { nats } from '../wording.ts';

export interface CurvePoint {
  step: number;
  loss: number;
}

export interface Curves {
  /** Of batches, as `progress` events tell them, in the order of their steps. */
  training: readonly CurvePoint[];
  /** Of the validation part, as `evaluation` events tell them. */
  validation: readonly CurvePoint[];
  /** diverged: a loss or a weight was not finite at `step`. */
  end: { how: 'finished' | 'stopped-early' | 'stopped' } | { how: 'diverged'; step: number };
}

/** What of the spec a patch may change, and what the losses are to be measured by. */
export interface CurveContext {
  learningRate: number;
  steps: number;
  epochs?: number;
  /** H of every layer; undefined: they differ. */
  units?: number;
  stopsEarly: boolean;
  /** Labels that the loss of one batch is the mean of, at most. */
  labelsPerBatch: number;
  /** H(label) and the lowest loss that counting or a probe reaches with the past alone, in nats. */
  labelEntropy: number;
  known: number;
  limits: { learningRate: number; steps: number; units: number };
}

/** Fewer points than this show no course. */
const leastPoints = { training: 8, validation: 4 };
/** What a rise or fall is at least, in nats. */
const leastChange = 0.01;
/** A mean that changes by this share of itself has changed. */
const changedShare = 0.05;

export function curveFindings(curves: Curves, context: CurveContext): Finding[] {
  if (curves.end.how === 'diverged') return [diverged(curves.end.step, context)];
  const unstable = instability(curves, context);
  if (unstable) return [unstable];
  const overfit = overfitting(curves, context);
  if (overfit) return [overfit];
  const end = prematureEnd(curves, context);
  return end ? [end] : underfitting(curves, context);
}

function diverged(step: number, { learningRate }: CurveContext): Finding {
  return {
    code: 'training-diverged',
    severity: 'error',
    message: `At step ${step} the loss was no longer a finite number; what is judged was trained before that. A smaller learning rate usually mends it.`,
    evidence: { step, learningRate },
    patch: [replace('/optimizer/learningRate', learningRate / 10)],
  };
}

/**
 * The loss of batches rises again and again by a good part of all that it has fallen, and more than batches of their
 * size differ by chance.
 */
function instability({ training }: Curves, { learningRate, labelsPerBatch }: CurveContext): Finding | undefined {
  if (training.length < leastPoints.training) return undefined;
  const losses = training.map(({ loss }) => loss);
  const fallen = losses[0] - Math.min(...losses);
  // A label costs some nat more or less: four standard deviations of the difference of two batches.
  const chance = (4 * Math.SQRT2) / Math.sqrt(labelsPerBatch);
  const least = Math.max(0.25 * fallen, chance);
  const half = losses.slice(Math.floor(losses.length / 2));
  const rises = half.filter((loss, i) => i > 0 && loss - half[i - 1] > least).length;
  if (rises < 2) return undefined;
  const largest = Math.max(...half.slice(1).map((loss, i) => loss - half[i]));
  return {
    code: 'unstable-training',
    severity: 'warning',
    message: `The loss of batches still jumps in the second half of the training: ${rises} times it rose by more than ${nats(least)} from one report to the next, at most by ${nats(largest)}. The steps are too large.`,
    evidence: { rises, leastRise: least, largestRise: largest, learningRate },
    patch: [replace('/optimizer/learningRate', learningRate / 3)],
  };
}

/** The held-out loss rises well above its lowest while that of the training goes on falling. */
function overfitting({ training, validation }: Curves, { stopsEarly }: CurveContext): Finding | undefined {
  if (validation.length < leastPoints.validation || training.length < leastPoints.training) return undefined;
  const best = validation.reduce((lowest, point) => (point.loss < lowest.loss ? point : lowest));
  const after = validation.filter(({ step }) => step > best.step);
  if (after.length < 2) return undefined;
  const last = mean(after.slice(-2));
  const before = mean(nearest(training, best.step));
  const end = mean(training.slice(-3));
  const rose = last - best.loss > Math.max(leastChange, changedShare * best.loss);
  if (!rose || before - end < Math.max(leastChange, changedShare * before)) return undefined;
  return {
    code: 'overfits-training',
    severity: 'warning',
    message: `From step ${best.step} on the held-out loss rose from ${nats(best.loss)} to ${nats(last)} (mean of the last two evaluations), while that of the training fell from ${nats(before)} to ${nats(end)} (means of three reports): the model learns its training data by heart. \`best\` is the checkpoint to use; more data, or a smaller model, would mend it${stopsEarly ? '' : ', and early stopping saves the time'}.`,
    evidence: {
      bestStep: best.step,
      lowestHeldOut: best.loss,
      lastHeldOut: last,
      trainingAtBest: before,
      trainingAtEnd: end,
    },
    ...(stopsEarly ? {} : { patch: [{ op: 'add', path: '/training/earlyStopping', value: { patience: 5 } }] }),
  };
}

/** Three points around a step. */
function nearest(points: readonly CurvePoint[], step: number): readonly CurvePoint[] {
  const at = points.findIndex((point) => point.step >= step);
  const first = Math.max(0, Math.min(points.length - 3, (at < 0 ? points.length : at) - 1));
  return points.slice(first, first + 3);
}

/** The loss was still falling when the last step was done: steadily and slowly from the start, or just not long enough. */
function prematureEnd(curves: Curves, context: CurveContext): Finding | undefined {
  if (curves.end.how !== 'finished') return undefined;
  const isValidated = curves.validation.length >= leastPoints.validation;
  const points = isValidated ? curves.validation : curves.training;
  if (points.length < (isValidated ? leastPoints.validation : leastPoints.training)) return undefined;
  const quarters = quartersOf(points);
  const [first, , third, last] = quarters.map(mean);
  const noise = isValidated ? 0 : 3 / Math.sqrt(context.labelsPerBatch * quarters[3].length);
  const fell = third - last;
  if (fell < Math.max(leastChange, changedShare * third, noise * Math.min(1, third))) return undefined;
  const fallen = points[0].loss - points[points.length - 1].loss;
  const { labelEntropy, known, learningRate, limits } = context;
  const isSlow = fallen < 0.2 * (labelEntropy - known) && fell > 0.25 * (first - third);
  const evidence = { before: third, atEnd: last, steps: context.steps, learningRate };
  if (isSlow && learningRate * 10 <= limits.learningRate) {
    return {
      code: 'learning-rate-too-low',
      severity: 'warning',
      message: `The loss fell steadily and slowly, by ${nats(fallen)} in all, and was still falling at the end (${nats(third)} in the third quarter of the training, ${nats(last)} in the last). Larger steps would take it further in the same time.`,
      evidence,
      patch: [replace('/optimizer/learningRate', learningRate * 10)],
    };
  }
  return {
    code: 'stopped-while-improving',
    severity: 'info',
    message: `The ${isValidated ? 'held-out loss' : 'loss'} was still falling when the training ended: ${nats(third)} in its third quarter, ${nats(last)} in its last. More steps would lower it further.`,
    evidence,
    ...longerTraining(context),
  };
}

function longerTraining({ steps, epochs, limits }: CurveContext): { patch?: PatchOperation[] } {
  if (2 * steps > limits.steps) return {};
  return {
    patch: [epochs === undefined ? replace('/training/steps', 2 * steps) : replace('/training/epochs', 2 * epochs)],
  };
}

/** The loss has levelled off, on training and held-out data alike, far above what is known to be reached. */
function underfitting({ training, validation, end }: Curves, context: CurveContext): Finding[] {
  if (end.how === 'stopped' || training.length < leastPoints.training) return [];
  const { labelEntropy, known, units, limits } = context;
  const atEnd = mean(quartersOf(training)[3]);
  const heldOut = validation.at(-1)?.loss ?? atEnd;
  const isFar = atEnd - known > 0.1 * labelEntropy && heldOut - atEnd < 0.05 * labelEntropy;
  if (!isFar) return [];
  return [
    {
      code: 'underfits-training',
      severity: 'warning',
      message: `The loss has levelled off at ${nats(atEnd)}, on training and held-out data alike, where ${nats(known)} is known to be reached: the model is too small, or its steps do not find the way. Try more units first.`,
      evidence: { trainingAtEnd: atEnd, heldOut, known },
      ...(units !== undefined && 4 * units <= limits.units ? { patch: [replace('/model/units', 4 * units)] } : {}),
    },
  ];
}

function quartersOf(points: readonly CurvePoint[]): CurvePoint[][] {
  return [0, 1, 2, 3].map((q) =>
    points.slice(Math.floor((q * points.length) / 4), Math.floor(((q + 1) * points.length) / 4)),
  );
}

function mean(points: readonly CurvePoint[]): number {
  return points.reduce((sum, { loss }) => sum + loss, 0) / points.length;
}

function replace(path: string, value: number): PatchOperation {
  return { op: 'replace', path, value: Number(value.toPrecision(6)) };
}
