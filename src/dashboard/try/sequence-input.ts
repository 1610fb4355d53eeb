/**
 * Reads a sequence as people write it: JSON, digits in a row, or steps with blanks or commas between them; a step of
 * several features is a line of numbers, or a list in JSON.
 */
import { countedText } from '../../text/figures.ts';

/** A number, a string, or a number for each feature, of which some may be missing. */
export type Step = number | string | readonly (number | null)[];

export type ReadSequence =
  | { status: 'read'; steps: Step[] }
  | { status: 'empty' }
  | { status: 'refused'; problem: string };

/** What a step of the model is. */
export interface StepKind {
  kind: 'numbers' | 'strings';
  /** Numbers in a step. */
  width: number;
  /** Whether each step is one digit, so that `0010` is four of them. */
  isDigit: boolean;
}

/** How a missing value is written. */
export const missing = '-';

/** More steps are not drawn. */
export const mostShownSteps = 200;

export function readSequence(text: string, kind: StepKind): ReadSequence {
  const trimmed = text.trim();
  if (trimmed === '') return { status: 'empty' };
  const read = trimmed.startsWith('[') ? fromJson(trimmed) : fromWords(trimmed, kind);
  if (typeof read === 'string') return { status: 'refused', problem: read };
  if (read.length > mostShownSteps) {
    return {
      status: 'refused',
      problem: `This view takes up to ${mostShownSteps} steps, but these are ${read.length}. POST /predict takes more.`,
    };
  }
  return { status: 'read', steps: read };
}

function fromJson(text: string): Step[] | string {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? (value as Step[]) : 'A sequence in JSON is a list of steps.';
  } catch (error) {
    return `This is not JSON: ${(error as Error).message}`;
  }
}

function fromWords(text: string, { kind, width, isDigit }: StepKind): Step[] | string {
  if (kind === 'strings') return text.split(/[\s,;]+/).filter(Boolean);
  if (width > 1) return fromLines(text.split('\n'), width);
  const words = isDigit && /^\d+$/.test(text) ? [...text] : text.split(/[\s,;]+/).filter(Boolean);
  const wrong = words.find((word) => !Number.isFinite(Number(word)));
  return wrong === undefined ? words.map(Number) : `${JSON.stringify(wrong)} is no number.`;
}

function fromLines(lines: readonly string[], width: number): Step[] | string {
  const steps: Step[] = [];
  for (const [i, line] of lines.entries()) {
    if (line.trim() === '') continue;
    const numbers = line
      .trim()
      .split(/[\s,;]+/)
      .map((word) => (word === missing ? null : Number(word)));
    if (numbers.length !== width) {
      return `Line ${i + 1} has ${countedText(numbers.length, 'number')}, but a step of this model has ${width}.`;
    }
    const wrong = numbers.findIndex((number) => number !== null && !Number.isFinite(number));
    if (wrong >= 0) return `Number ${wrong + 1} of line ${i + 1} is no number; ${missing} is a missing one.`;
    steps.push(numbers);
  }
  return steps;
}

export function writeSequence(steps: readonly Step[]): string {
  return steps.some((step) => Array.isArray(step)) ? steps.map(wordsOf).join('\n') : steps.map(wordsOf).join(' ');
}

function wordsOf(step: Step): string {
  if (typeof step === 'object') return step.map((value) => (value === null ? missing : wordsOf(value))).join(' ');
  // Values are kept as float32: seven digits are what they have.
  return typeof step === 'number' ? String(Number(step.toPrecision(7))) : step;
}
