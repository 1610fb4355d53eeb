/**
 * Sequences as they are written on the command line, in files, and on standard input; and the model that is asked.
 */
import type { Command } from 'commander';
import type { Context } from './context.ts';
import { UsageError } from './failures.ts';
import { listIn, type SequenceColumns, sequencesInCsv, sequencesInLines, stepOf } from './sequence-files.ts';
import { clipped } from './show/table.ts';
import { readText } from './spec-file.ts';

/** The id of a job, or the name of an alias. */
export function referenceOf(name: string): { job: string } | { model: string } {
  return name.startsWith('job_') ? { job: name } : { model: name };
}

/** Where sequences come from, beside the words of the command line. */
export interface SequenceSource extends SequenceColumns {
  file?: string;
}

/** Options that say it, for all commands that ask a model. */
export function withSequences(command: Command): Command {
  return command
    .option(
      '--file <file>',
      'a sequence a line: steps with commas or spaces between them, a JSON list, or an object with the list as x; a .csv has a step a row; - is standard input',
    )
    .option('--sequence <column>', 'CSV: the column with the id of the sequence; without it all rows are one')
    .option('--features <columns>', 'CSV: the columns of the inputs with commas between them; by default all others');
}

/** Those of the words, and of the file; without either, of standard input. @throws UsageError where there is none. */
export async function readSequences(
  context: Context,
  words: readonly string[],
  source: SequenceSource,
): Promise<unknown[][]> {
  const sequences = [...words.map(sequenceOf), ...(await sequencesOfFile(context, words, source))];
  if (sequences.length === 0) throw new UsageError('There is no sequence.');
  return sequences;
}

/** 0,0,1 or the,cat or [[1,2],[3,4]]. */
export function sequenceOf(word: string): unknown[] {
  if (word.trimStart().startsWith('[')) return listIn(word, `the sequence ${clipped(word, 40)}`);
  return word.split(',').map(stepOf);
}

async function sequencesOfFile(
  { streams }: Context,
  words: readonly string[],
  { file, sequence, features }: SequenceSource,
): Promise<unknown[][]> {
  const isCsv = file !== undefined && /\.csv$/i.test(file);
  if (!isCsv && (sequence ?? features) !== undefined) {
    throw new UsageError('--sequence and --features go with a --file that ends in .csv.');
  }
  if (file === undefined && words.length > 0) return [];
  if (file === undefined && streams.stdin.isTTY) throw new UsageError('Name sequences, or a file with --file.');
  const text = await readText(file ?? '-', streams.stdin);
  return isCsv ? sequencesInCsv(text, file, { sequence, features }) : sequencesInLines(text);
}
