/**
 * What the parsers hand on: one sequence, whatever the format it was written in.
 */
import type { LabelPlace } from '../../../model/description.ts';
import { show } from '../../../platform/input/shown.ts';

/** A label as it was uploaded; null: the step has no target. */
export type LabelValue = number | string | null;

export interface ParsedSequence {
  /** Where the sequence stands, for messages: "line 7". */
  place: string;
  /** Numbers [length·width], step after step, NaN where one is missing; or one string for each step. */
  inputs: { kind: 'numbers'; width: number; values: number[] } | { kind: 'strings'; values: string[] };
  /** One for each step. Where they lie at the end, the last one alone is a label, that of the whole sequence. */
  labels: LabelValue[];
  labelsAt: LabelPlace;
}

/** The largest finite float32, in which numbers are kept. */
export const largestNumber = 3.4028234663852886e38;

/** What is said of a value that should be `expected` and is not: another kind of value, or a number that float32 cannot hold. */
export function notANumber(value: unknown, expected: string): string {
  return typeof value === 'number' && !Number.isNaN(value)
    ? `exceeds float32: it must be within ±${largestNumber}, but is ${value}`
    : `must be ${expected}, but is ${show(value)}`;
}

/** Both mean that a step has no target, as in the question. */
export function isNoTarget(label: unknown): boolean {
  return label === null || label === '-' || label === '';
}
