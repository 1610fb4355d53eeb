/**
 * What probes find in the past of a sample's labels: one on crops of neighbouring steps, and where rows are longer than
 * a crop, one that looks at every so many steps.
 */
import type { Sample } from '../sampling/sample.ts';
import { cropSteps } from './probe.ts';
import { longestRow, type ProbedData, pooledData, probedData } from './probed-data.ts';
import { type Probed, type ProbedDepth, probe } from './staircase.ts';

export interface ProbedPast {
  data: ProbedData;
  /** On neighbouring steps. */
  near: Probed;
  /** The lowest losses of both probes, by depth. */
  staircase: ProbedDepth[];
}

/** The same probes for the same data. */
export const probeSeed = 1;
/** Values beyond this are not looked at. */
const furthestValue = 1024;
/** Values of the probe that looks at every so many steps, in units of its stride. */
const farDepths = [8, 16, 32, 64];
const farSteps = 300;
/** Numbers of the data, steps times features, beyond which means over many steps are not kept. */
const pooledNumbers = 4_000_000;
/** Share of the entropy of the labels below which there is nothing more to look for. */
const settled = 0.02;

/**
 * @param counted nats that counting explains labels down to: where neighbouring steps tell a probe less than that, it
 *   does not look farther.
 * @returns undefined where there are too few labels to train and judge a probe.
 */
export function probePast(sample: Sample, counted: number): ProbedPast | undefined {
  const data = probedData(sample);
  const near = probe(data, { seed: probeSeed });
  if (!near) return undefined;
  const { nats } = near.staircase[near.staircase.length - 1];
  const far = nats > 1.1 * counted ? undefined : farther(data, near);
  return { data, near, staircase: [...near.staircase, ...(far ?? [])] };
}

/** What the probe that knows labels best loses where all blocks judge it, and not only a part of them. */
export function judgedByAll({ data, staircase }: ProbedPast): ProbedDepth[] {
  const { depth } = staircase.reduce((low, step) => (step.nats < low.nats ? step : low));
  return depth > cropSteps ? probeFar(data, true) : (probe(data, { seed: probeSeed, allFolds: true })?.staircase ?? []);
}

function farther(data: ProbedData, near: Probed): ProbedDepth[] | undefined {
  const least = near.staircase[near.staircase.length - 1].nats;
  const fits = data.labels.length * data.features <= pooledNumbers;
  if (longestRow(data) <= cropSteps || least <= settled * near.staircase[0].nats || !fits) return undefined;
  return probeFar(data, false);
}

function probeFar(data: ProbedData, allFolds: boolean): ProbedDepth[] {
  const stride = Math.ceil(Math.min(furthestValue, longestRow(data)) / cropSteps);
  const options = { seed: probeSeed, steps: farSteps, stride, depths: farDepths, allFolds };
  const { staircase = [] } = probe(pooledData(data, stride), options) ?? {};
  return staircase.filter(({ depth }) => depth > cropSteps);
}
