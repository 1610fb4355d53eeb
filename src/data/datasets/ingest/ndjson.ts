/**
 * NDJSON uploads: one sequence a line, `{"x": […], "y": […], "mask"?: […]}`, or `{"x": […], "y": "walking"}` with
 * one label for the whole sequence.
 */
import { tooDeep, tooDeepAt } from '../../../platform/input/json-depth.ts';
import { cut, show } from '../../../platform/input/shown.ts';
import { limits } from '../../../platform/limits.ts';
import type { UploadMistakes } from './mistakes.ts';
import { isNoTarget, type LabelValue, largestNumber, notANumber, type ParsedSequence } from './sequence.ts';
import { type Line, linesOf } from './text.ts';

const known = ['x', 'y', 'mask'];

/** The sequences of the text; a bad line is complained of and passed over. */
export async function* ndjsonSequences(
  texts: AsyncIterable<string>,
  mistakes: UploadMistakes,
): AsyncGenerator<ParsedSequence> {
  for await (const line of linesOf(texts, mistakes)) {
    const sequence = parseLine(line, mistakes);
    if (sequence) yield sequence;
  }
}

function parseLine({ number, text }: Line, mistakes: UploadMistakes): ParsedSequence | undefined {
  const place = `line ${number}`;
  const line = parseJson(text, place, mistakes);
  if (!line) return undefined;
  for (const key of Object.keys(line)) {
    if (!known.includes(key)) mistakes.add(`${place}, ${cut(key)}`, 'is not a known field: only x, y and mask are');
  }
  const inputs = inputsOf(line.x, place, mistakes);
  if (!inputs) return undefined;
  const length = Array.isArray(line.x) ? line.x.length : 0;
  if (typeof line.y === 'number' || typeof line.y === 'string') {
    const labels = endLabels(line.y, length, line.mask, place, mistakes);
    return labels && { place, inputs, labels, labelsAt: 'end' };
  }
  const labels = labelsOf(line.y, inputs, length, place, mistakes);
  if (!labels || !applyMask(labels, line.mask, place, mistakes)) return undefined;
  return { place, inputs, labels, labelsAt: 'every-step' };
}

function parseJson(text: string, place: string, mistakes: UploadMistakes): Record<string, unknown> | undefined {
  const at = tooDeepAt(text);
  if (at >= 0) {
    mistakes.add(`${place}, position ${at}`, tooDeep);
    return undefined;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const message = `must be JSON, but is ${show(text.trimStart())}`;
    const remedy = remedyFor(text.trim());
    // What follows would be wrong for the same reason.
    if (remedy) mistakes.stop(place, `${message}: ${remedy}`);
    mistakes.add(place, `${message} (${(error as Error).message})`);
    return undefined;
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  const remedy = Array.isArray(value) ? `: ${listRemedy}` : '';
  mistakes.add(place, `must be an object {"x": […], "y": […]}, but is ${show(value)}${remedy}`);
  return undefined;
}

const listRemedy = 'NDJSON has one sequence a line and no list around them, as jq -c ".[]" writes them';

/** For files that are whole JSON and no NDJSON, and for those whose line breaks are gone. */
function remedyFor(line: string): string | undefined {
  if (/\}\s*\{/.test(line))
    return 'each sequence needs a line of its own; curl -d removes line breaks, --data-binary keeps them';
  if (line === '[' || /^\[\s*\{/.test(line)) return listRemedy;
  if (line === '{') return 'each sequence must stand on one line, as jq -c . writes it';
  return undefined;
}

function inputsOf(x: unknown, place: string, mistakes: UploadMistakes): ParsedSequence['inputs'] | undefined {
  if (!Array.isArray(x) || x.length === 0) {
    const found = x === undefined ? 'is missing' : `is ${show(x)}`;
    mistakes.add(`${place}, x`, `must be a list of at least one step, but ${found}`);
    return undefined;
  }
  if (Array.isArray(x[0])) return listInputs(x, x[0].length, place, mistakes);
  return typeof x[0] === 'string' ? stringInputs(x, place, mistakes) : numberInputs(x, place, mistakes);
}

function numberInputs(x: unknown[], place: string, mistakes: UploadMistakes): ParsedSequence['inputs'] | undefined {
  const values: number[] = new Array(x.length);
  for (let t = 0; t < x.length; t++) {
    const value = numberOf(x[t]);
    if (value === undefined) {
      mistakes.add(
        `${place}, x[${t}]`,
        notANumber(x[t], `a number${t > 0 ? ', as the steps before it' : ', a string or a list of numbers'}`),
      );
      return undefined;
    }
    values[t] = value;
  }
  return { kind: 'numbers', width: 1, values };
}

function listInputs(
  x: unknown[],
  width: number,
  place: string,
  mistakes: UploadMistakes,
): ParsedSequence['inputs'] | undefined {
  const values: number[] = [];
  for (const [t, step] of x.entries()) {
    if (!Array.isArray(step) || step.length !== width || width === 0) {
      const expected = width === 0 ? 'at least one number' : `${width} numbers, as the first step is`;
      mistakes.add(`${place}, x[${t}]`, `must be a list of ${expected}, but is ${show(step)}`);
      return undefined;
    }
    for (let i = 0; i < width; i++) {
      const value = numberOf(step[i]);
      if (value === undefined) {
        mistakes.add(`${place}, x[${t}][${i}]`, notANumber(step[i], 'a number, or null where it is missing'));
        return undefined;
      }
      values.push(value);
    }
  }
  return { kind: 'numbers', width, values };
}

/** A finite float32, NaN for null (missing), undefined for what is neither. */
function numberOf(value: unknown): number | undefined {
  if (value === null) return Number.NaN;
  return typeof value === 'number' && Math.abs(value) <= largestNumber ? value : undefined;
}

function stringInputs(x: unknown[], place: string, mistakes: UploadMistakes): ParsedSequence['inputs'] | undefined {
  for (const [t, value] of x.entries()) {
    if (typeof value !== 'string' || value === '' || value.length > limits.datasetText) {
      mistakes.add(
        `${place}, x[${t}]`,
        `must be a string of 1 to ${limits.datasetText} characters, as the steps before it, but is ${show(value)}`,
      );
      return undefined;
    }
  }
  return { kind: 'strings', values: x as string[] };
}

/** The label of a whole sequence, as a label on its last step. */
function endLabels(
  y: number | string,
  length: number,
  mask: unknown,
  place: string,
  mistakes: UploadMistakes,
): LabelValue[] | undefined {
  if (isNoTarget(y)) {
    mistakes.add(`${place}, y`, `is ${show(y)}, which is no label: leave out a sequence that has none`);
    return undefined;
  }
  if (!isLabel(y)) {
    mistakes.add(
      `${place}, y`,
      `must be an integer or a string of at most ${limits.datasetText} characters, or a list with a label for each step, but is ${show(y)}`,
    );
    return undefined;
  }
  if (mask !== undefined) {
    mistakes.add(
      `${place}, mask`,
      'applies to a list of labels, but y is one label for the whole sequence: leave the mask out',
    );
    return undefined;
  }
  const labels: LabelValue[] = new Array(length).fill(null);
  labels[length - 1] = y;
  return labels;
}

function isLabel(label: unknown): label is number | string {
  return Number.isSafeInteger(label) || (typeof label === 'string' && label.length <= limits.datasetText);
}

function labelsOf(
  y: unknown,
  inputs: ParsedSequence['inputs'],
  length: number,
  place: string,
  mistakes: UploadMistakes,
): LabelValue[] | undefined {
  if (!Array.isArray(y) || y.length !== length) {
    const found = Array.isArray(y) ? `has ${y.length}` : y === undefined ? 'is missing' : `is ${show(y)}`;
    const orOne = Array.isArray(y) ? '' : ', or one label for the whole sequence';
    // As many labels as features: each belongs to a value of every list, which are channels then, and no steps.
    const isTurned = Array.isArray(y) && inputs.kind === 'numbers' && inputs.width > 1 && y.length === inputs.width;
    const remedy = isTurned
      ? ': does x hold [channel, time]? Upload [time, channel], a list of values for each label'
      : '';
    mistakes.add(`${place}, y`, `must be a list as long as x, which has ${length}${orOne}, but ${found}${remedy}`);
    return undefined;
  }
  const labels: LabelValue[] = new Array(length);
  for (let t = 0; t < length; t++) {
    const label: unknown = y[t];
    if (isNoTarget(label)) {
      labels[t] = null;
    } else if (isLabel(label)) {
      labels[t] = label;
    } else {
      mistakes.add(
        `${place}, y[${t}]`,
        `must be an integer, a string of at most ${limits.datasetText} characters, or null or "-" for no target, but is ${show(label)}`,
      );
      return undefined;
    }
  }
  return labels;
}

/** Takes away the targets where the mask is 0. False: the mask is not one. */
function applyMask(labels: LabelValue[], mask: unknown, place: string, mistakes: UploadMistakes): boolean {
  if (mask === undefined) return true;
  if (!Array.isArray(mask) || mask.length !== labels.length) {
    const found = Array.isArray(mask) ? `has ${mask.length}` : `is ${show(mask)}`;
    mistakes.add(`${place}, mask`, `must be a list as long as x, which has ${labels.length}, but ${found}`);
    return false;
  }
  for (const [t, counts] of mask.entries()) {
    if (counts !== 0 && counts !== 1 && typeof counts !== 'boolean') {
      mistakes.add(`${place}, mask[${t}]`, `must be 0 or 1, but is ${show(counts)}`);
      return false;
    }
    if (!counts) labels[t] = null;
  }
  return true;
}
