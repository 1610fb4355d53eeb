/**
 * Labels that later values explain and past ones do not: shifted against their inputs, or forecasts, which are no
 * mistake. A forecast's label follows from one later value alone.
 */
import { entropy } from '../counting/entropy.ts';
import { type ProbedPast, probeSeed } from '../probing/past.ts';
import { cropSteps } from '../probing/probe.ts';
import type { ProbedData } from '../probing/probed-data.ts';
import { probe } from '../probing/staircase.ts';
import type { Sample } from '../sampling/sample.ts';
import { nats } from '../wording.ts';
import type { Finding } from './doctor-schema.ts';
import { changesAhead } from './label-changes.ts';

/** Steps ahead of the label that a probe sees. */
const lookahead = 12;
const shortTraining = 300;
/**
 * What the future has to tell beside the past, as a share of H(y), and of what is known with it: half of that, since a
 * hidden state is known as well by what follows as by what came before. Where changes of the label go with inputs ahead
 * of them, that is half of the proof, and less will do.
 */
const share = { ofEntropy: 0.2, ofKnown: 0.5 };
const shareWhereChangesLieAhead = { ofEntropy: 0.03, ofKnown: 0 };
const errors = 3;

export function hindsightFinding(sample: Sample, past: ProbedPast, labelEntropy: number): Finding | undefined {
  if (sample.labelsAt === 'end' || sample.layout) return undefined;
  const alone = lowest(past.staircase);
  const shift = changesAhead(sample);
  const least = shift === undefined ? share : shareWhereChangesLieAhead;
  if (alone.nats < least.ofEntropy * labelEntropy) return undefined;
  const ahead = shift === undefined ? lookahead : shift + 1;
  const depths = 2 * ahead < cropSteps ? [2 * ahead, cropSteps] : [cropSteps];
  const probed = probe(delayed(past.data, ahead), { seed: probeSeed, steps: shortTraining, depths });
  if (!probed) return undefined;
  const known = lowest(probed.staircase);
  const gain = alone.nats - known.nats;
  const error = Math.hypot(alone.standardError ?? gain, known.standardError ?? gain);
  if (gain < least.ofEntropy * labelEntropy || gain < errors * error) return undefined;
  if (gain < least.ofKnown * (labelEntropy - known.nats) || isForecast(sample)) return undefined;
  const changes = shift === undefined ? '' : ` (their changes go with inputs ${shift} steps ahead)`;
  return {
    code: 'label-depends-on-future',
    severity: 'warning',
    message: `Labels depend on values up to ${shift ?? ahead} steps ahead: a small model knows them down to ${nats(alone.nats)} nats with the past alone, and down to ${nats(known.nats)} with what comes after. The model reads from the past to the present; are labels shifted against their inputs${changes}, or the sequences reversed?`,
    evidence: {
      stepsAhead: shift ?? ahead,
      natsWithPast: alone.nats,
      natsWithFuture: known.nats,
      ...(shift === undefined ? {} : { shift }),
    },
  };
}

/** The same rows with each label `steps` later: a probe that sees the past of the later step sees so much of the label's future. */
function delayed(data: ProbedData, steps: number): ProbedData {
  const labels = new Int32Array(data.labels.length);
  const mask = new Float32Array(labels.length);
  for (let r = 0; r + 1 < data.starts.length; r++) {
    for (let step = data.starts[r]; step + steps < data.starts[r + 1]; step++) {
      labels[step + steps] = data.labels[step];
      mask[step + steps] = data.mask[step];
    }
  }
  return { ...data, labels, mask };
}

/** Steps ahead at which a label may be the value of then, and share of H(y) that may be left of it. */
const furthestForecast = 32;
const leftOfForecast = 0.05;
const bins = 64;
/** Steps that a forecast is looked for on. */
const measuredSteps = 20_000;

/**
 * The label follows from one later value of one feature, or from its difference to the present one: a threshold, a sign,
 * a class of the next symbol.
 */
export function isForecast(sample: Sample): boolean {
  const { features, inputs, labels, mask, starts, classes } = sample;
  const isToken = sample.inputKind === 'symbols';
  const rowEnd = new Int32Array(labels.length);
  for (let r = 0; r + 1 < starts.length; r++) rowEnd.fill(starts[r + 1], starts[r], starts[r + 1]);
  const stride = Math.max(1, Math.floor(labels.length / measuredSteps));
  const steps: number[] = [];
  for (let step = 0; step < labels.length; step += stride) if (mask[step] > 0) steps.push(step);
  for (let ahead = 1; ahead <= furthestForecast; ahead++) {
    const pairs = steps.filter((step) => step + ahead < rowEnd[step]);
    if (pairs.length < 50) return false;
    const ofPairs = pairs.map((step) => labels[step]);
    for (let i = 0; i < features; i++) {
      const later = pairs.map((step) => inputs[(step + ahead) * features + i]);
      const change = pairs.map((step, k) => later[k] - inputs[step * features + i]);
      const limit = leftOfForecast * entropy(sharesOf(ofPairs, classes));
      if (entropyGiven(later, ofPairs, classes, isToken) <= limit) return true;
      if (!isToken && entropyGiven(change, ofPairs, classes) <= limit) return true;
    }
  }
  return false;
}

function sharesOf(labels: number[], classes: number): Float64Array {
  const shares = new Float64Array(classes);
  for (const label of labels) shares[label] += 1 / labels.length;
  return shares;
}

/** H(label | value): tokens, and values where they are few, as they are, otherwise in bins that each hold whole runs of equal values. */
function entropyGiven(values: number[], labels: number[], classes: number, isToken = false): number {
  const order = values.map((_, k) => k).sort((a, b) => values[a] - values[b]);
  const least = values.length / bins;
  const isFew = isToken || new Set(values).size <= bins;
  let sum = 0;
  let group = new Int32Array(classes);
  let size = 0;
  for (const [k, at] of order.entries()) {
    group[labels[at]]++;
    size++;
    const isLast = k + 1 === order.length;
    const ends = isLast || values[order[k + 1]] !== values[at];
    if (!isLast && !(ends && (isFew || size >= least))) continue;
    sum += size * entropy(Float64Array.from(group, (count) => count / size));
    group = new Int32Array(classes);
    size = 0;
  }
  return sum / values.length;
}

function lowest<Step extends { nats: number }>(staircase: readonly Step[]): Step {
  return staircase.reduce((low, step) => (step.nats < low.nats ? step : low));
}
