/**
 * Sequences in lines of text: one a line, as JSON or as plain values.
 */
import { UsageError } from '../failures.ts';

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
