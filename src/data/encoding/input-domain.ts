/**
 * Which inputs a built-in task has, so that a model is not asked about others, of which it has learned nothing.
 */
import { show } from '../../platform/input/shown.ts';

/** As a checkpoint keeps it: plain JSON. */
export type InputDomain =
  /** One number of a step is 1, all others are 0. */
  | { kind: 'one-hot' }
  /** One entry for each number of a step. */
  | { kind: 'ranges'; ranges: Range[] };

/** Both ends included. */
interface Range {
  from: number;
  to: number;
  onlyIntegers: boolean;
}

/** Integers from 0 on. */
export function integersTo(to: number): Range {
  return { from: 0, to, onlyIntegers: true };
}

interface Outside {
  /** The number that is outside; undefined: it is the step as a whole. */
  feature?: number;
  /** What it must be. */
  expected: string;
}

/** What is wrong with step t of `inputs` [T,I]; undefined: the task has such steps. */
export function outsideOf(domain: InputDomain, inputs: Float32Array, t: number, features: number): Outside | undefined {
  if (domain.kind === 'one-hot') {
    if (isOneHot(inputs, t * features, features)) return undefined;
    return { expected: `one-hot: one of its ${features} numbers 1, all others 0` };
  }
  for (let feature = 0; feature < domain.ranges.length; feature++) {
    const range = domain.ranges[feature];
    if (!isWithin(inputs[t * features + feature], range)) return { feature, expected: rangeShown(range) };
  }
  return undefined;
}

function isOneHot(inputs: Float32Array, from: number, features: number): boolean {
  let ones = 0;
  for (let at = from; at < from + features; at++) {
    if (inputs[at] === 1) ones++;
    else if (inputs[at] !== 0) return false;
  }
  return ones === 1;
}

/** The sentence about a value. */
export function outsideMessage({ expected }: Outside, value: unknown): string {
  return `must be ${expected}, as in the task that the model was trained on, but is ${show(value)}`;
}

function isWithin(value: number, { from, to, onlyIntegers }: Range): boolean {
  return value >= from && value <= to && (!onlyIntegers || Number.isInteger(value));
}

function rangeShown({ from, to, onlyIntegers }: Range): string {
  return `${onlyIntegers ? 'an integer' : 'a number'} from ${from} to ${to}`;
}
