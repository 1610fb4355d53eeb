/**
 * What probes find in the past of a sample's labels: for few values and for many, and where rows are longer than a crop,
 * one that looks at every so many steps.
 */
import type { Sample } from '../sampling/sample.ts';
import { heldOutOf, isDense } from './budget.ts';
import { contextPredictions } from './context-predictions.ts';
import { fewDepthsPredictions } from './few-depths.ts';
import type { HeldOutLabels } from './held-out-blocks.ts';
import { lowest, Mixture, type Predictions, type Probed, type ProbedDepth } from './mixture.ts';
import { cropSteps } from './probe.ts';
import { longestRow, type ProbedData, pooledData, probedData } from './probed-data.ts';
import { probe, usualPredictions } from './staircase.ts';

export interface ProbedPast {
  data: ProbedData;
  /** All probes together, at the same labels for every number of values. */
  known: Probed;
  /** What a probe of the kind that `probe` trains reaches, to be compared with such a probe of other data. */
  comparable: ProbedDepth[];
}

/** The same probes for the same data. */
export const probeSeed = 1;
/** Values beyond this are not looked at. */
const furthestValue = 1024;
/** Values of the probe that looks at every so many steps, in units of its stride. */
const farDepths = [8, 16, 32, 64];
const farShare = 0.5;
/** Numbers of the data, steps times features, beyond which means over many steps are not kept. */
const pooledNumbers = 4_000_000;
/** Share of the entropy of the labels below which there is nothing more to look for. */
const settled = 0.02;

/**
 * @param counted nats that counting explains labels down to: where neighbouring steps tell a probe less than that, it
 *   does not look farther.
 * @param isCounted every value is counted as it is: where most steps have a label, counting knows what a few values tell.
 * @returns undefined where there are too few labels to train and judge a probe.
 */
export function probePast(sample: Sample, counted: number, isCounted = false): ProbedPast | undefined {
  const data = probedData(sample);
  const heldOut = heldOutOf(data);
  if (!heldOut) return undefined;
  const dense = isDense(data);
  const usual = dense ? usualPredictions(data, heldOut, { seed: probeSeed }) : [];
  const others = sample.inputKind === 'symbols' ? contextPredictions(sample, heldOut) : [];
  if (!isCounted || !dense) others.push(...fewDepthsPredictions(data, heldOut, probeSeed));
  const known = new Mixture(heldOut.judged, data.classes).add(byDepth([...others, ...usual]));
  const near = known.probed.staircase;
  const far = near[near.length - 1].nats > 1.1 * counted ? [] : farther(data, heldOut, near);
  known.add(far);
  const alone = dense ? new Mixture(heldOut.judged, data.classes).add([...usual, ...far]) : known;
  return { data, known: known.probed, comparable: alone.probed.staircase };
}

/** Several of one depth stay in their order. */
function byDepth(predictions: Predictions[]): Predictions[] {
  return predictions.sort((a, b) => a.depth - b.depth);
}

/** What the probe that knows labels best loses where all blocks judge it, and not only a part of them. */
export function judgedByAll({ data, comparable }: ProbedPast): ProbedDepth[] {
  const { depth } = lowest(comparable);
  const heldOut = depth > cropSteps ? heldOutOf(data, true) : undefined;
  if (heldOut) return new Mixture(heldOut.judged, data.classes).add(farPredictions(data, heldOut)).probed.staircase;
  return probe(data, { seed: probeSeed, allFolds: true })?.staircase ?? [];
}

function farther(data: ProbedData, heldOut: HeldOutLabels, near: readonly ProbedDepth[]): Predictions[] {
  const least = near[near.length - 1].nats;
  const fits = data.labels.length * data.features <= pooledNumbers;
  if (longestRow(data) <= cropSteps || least <= settled * near[0].nats || !fits) return [];
  return farPredictions(data, heldOut);
}

function farPredictions(data: ProbedData, heldOut: HeldOutLabels): Predictions[] {
  const stride = Math.ceil(Math.min(furthestValue, longestRow(data)) / cropSteps);
  const options = { seed: probeSeed, share: farShare, stride, depths: farDepths };
  return usualPredictions(pooledData(data, stride), heldOut, options).filter(({ depth }) => depth > cropSteps);
}
