/**
 * Sequences as they are written on the command line, in files, and on standard input; and the model that is asked.
 */
import type { Context } from './context.ts';
import { UsageError } from './failures.ts';
import { clipped } from './show/table.ts';
import { readText } from './spec-file.ts';

/** The id of a job, or the name of an alias. */
export function referenceOf(name: string): { job: string } | { model: string } {
  return name.startsWith('job_') ? { job: name } : { model: name };
}

/** Those of the words, and of the file; without either, of standard input. @throws UsageError where there is none. */
export async function readSequences(
  context: Context,
  words: readonly string[],
  file: string | undefined,
): Promise<unknown[][]> {
  const sequences = [...words.map(sequenceOf), ...(await sequencesOfFile(context, words, file))];
  if (sequences.length === 0) throw new UsageError('There is no sequence.');
  return sequences;
}

/** 0,0,1 or the,cat or [[1,2],[3,4]]. */
export function sequenceOf(word: string): unknown[] {
  if (word.trimStart().startsWith('[')) return listOf(word, `the sequence ${clipped(word, 40)}`);
  return word.split(',').map((step) => (step.trim() !== '' && Number.isFinite(Number(step)) ? Number(step) : step));
}

async function sequencesOfFile(
  { streams }: Context,
  words: readonly string[],
  file: string | undefined,
): Promise<unknown[][]> {
  if (file === undefined && words.length > 0) return [];
  if (file === undefined && streams.stdin.isTTY) throw new UsageError('Name sequences, or a file with --file.');
  const lines = (await readText(file ?? '-', streams.stdin)).split('\n');
  return lines.flatMap((line, place) => (line.trim() === '' ? [] : [listOf(line, `line ${place + 1}`)]));
}

function listOf(text: string, what: string): unknown[] {
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
