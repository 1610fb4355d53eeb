/**
 * Sequences in files and on standard input: a sequence a line, as JSON or as plain values, or the rows of a CSV.
 */
import { parse } from 'csv-parse/sync';
import { UsageError } from './failures.ts';

/** How the rows of a CSV become sequences. */
export interface SequenceColumns {
  /** The column that says to which sequence a row belongs; without it all rows are one. */
  sequence?: string;
  /** The columns of the inputs, with commas between them; without it all others are. */
  features?: string;
}

/** 0,0,1 or 0 0 1 or the cat, or [[1,2],[3,4]], or {"x": […]}; empty lines are none. */
export function sequencesInLines(text: string): unknown[][] {
  return text
    .split('\n')
    .flatMap((line, place) => (line.trim() === '' ? [] : [sequenceInLine(line.trim(), place + 1)]));
}

function sequenceInLine(line: string, number: number): unknown[] {
  if (/^[[{]/.test(line)) return listIn(line, `line ${number}`);
  const words = line.includes(',') ? line.split(',').map((word) => word.trim()) : line.split(/\s+/);
  return words.map((word) => stepOf(word.replace(/^"(.*)"$/, '$1')));
}

/** @throws UsageError */
export function listIn(text: string, what: string): unknown[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UsageError(`${what} is not JSON: ${(error as Error).message}`);
  }
  const list = Array.isArray(value) ? value : (value as { x?: unknown } | null)?.x;
  if (!Array.isArray(list)) throw new UsageError(`${what} must be a list of steps, or an object with the list as x.`);
  return list;
}

/** A number where it is one, else a string. */
export function stepOf(word: string): number | string {
  return word.trim() !== '' && Number.isFinite(Number(word)) ? Number(word) : word;
}

/** A row is a step; the first line names the columns. Sequences come in the order of their first rows. */
export function sequencesInCsv(text: string, file: string, { sequence, features }: SequenceColumns): unknown[][] {
  const [header = [], ...rows] = recordsIn(text, file);
  if (header.every((cell) => typeof stepOf(cell) === 'number')) {
    throw new UsageError(
      `${file} needs a first line with the names of its columns; without one, call it .txt: a sequence a line.`,
    );
  }
  const placeOf = (column: string) => {
    const place = header.indexOf(column);
    if (place < 0) throw new UsageError(`${file} has no column "${column}"; it has ${header.join(', ')}.`);
    return place;
  };
  const key = sequence === undefined ? undefined : placeOf(sequence);
  const inputs = features?.split(',').map(placeOf) ?? [...header.keys()].filter((place) => place !== key);
  if (inputs.length === 0) throw new UsageError(`${file} has no column of inputs.`);
  const sequences = new Map<string | undefined, unknown[]>();
  for (const row of rows) {
    const id = key === undefined ? undefined : row[key];
    const values = inputs.map((place) => (row[place].trim() === '' ? null : stepOf(row[place])));
    const steps = sequences.get(id) ?? [];
    steps.push(values.length === 1 ? values[0] : values);
    sequences.set(id, steps);
  }
  return [...sequences.values()];
}

function recordsIn(text: string, file: string): string[][] {
  try {
    return parse(text, { bom: true, skip_empty_lines: true });
  } catch (error) {
    throw new UsageError(`${file} is not CSV: ${(error as Error).message}`);
  }
}
