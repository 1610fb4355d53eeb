/**
 * Sequences as they are written on the command line, in files, and on standard input; and the model that is asked.
 */
import { type Command, Option } from 'commander';
import { ApiInputError } from '../../client/client.ts';
import type { Context } from '../context.ts';
import { UsageError } from '../failures.ts';
import { namesIn, RepeatableOption } from '../options.ts';
import { clipped } from '../show/table.ts';
import { readText } from '../spec-file.ts';
import { delimiterHelp } from './csv-delimiter.ts';
import { type PlaceOfStep, type SequenceColumns, sequencesInCsv } from './csv-sequences.ts';
import { saidByEnding } from './file-endings.ts';
import { listIn, sequencesInLines, stepOf } from './sequence-lines.ts';

/** The id of a job, or the name of an alias. */
export function referenceOf(name: string): { job: string } | { model: string } {
  return name.startsWith('job_') ? { job: name } : { model: name };
}

/** Where sequences come from, beside the words of the command line. */
export interface SequenceSource extends SequenceColumns {
  file?: string;
  format?: 'lines' | 'csv';
}

/** Options that say it, for all commands that ask a model. */
export function withSequences(command: Command): Command {
  return command
    .option('--file <file>', 'where sequences are read from; - is standard input')
    .addOption(
      new Option(
        '--format <format>',
        'lines: a sequence a line, steps with commas or spaces between them, a JSON list, or an object with the list as x; csv: a step a row, below the names of the columns. By default csv where --file ends in .csv or .tsv',
      ).choices(['lines', 'csv']),
    )
    .option('--sequence <column>', 'CSV: the column with the id of the sequence; without it all rows are one')
    .addOption(
      new RepeatableOption(
        '--features <columns>',
        'CSV: the columns of the inputs with commas between them; by default all others',
        namesIn,
      ),
    )
    .option('--delimiter <character>', delimiterHelp);
}

/** Sequences that a model is asked about. */
export interface GivenSequences {
  sequences: unknown[][];
  /** Where a step comes from; undefined: it has no place of its own in a file. */
  placeOf?: PlaceOfStep;
}

/** Those of the words, and of the file; without either, of standard input. @throws UsageError where there is none. */
export async function readSequences(
  context: Context,
  words: readonly string[],
  source: SequenceSource,
): Promise<GivenSequences> {
  const ofWords = words.map(sequenceOf);
  const { sequences, placeOf } = await sequencesOfFile(context, words, source);
  if (ofWords.length + sequences.length === 0) throw new UsageError('There is no sequence.');
  return {
    sequences: [...ofWords, ...sequences],
    placeOf: placeOf && ofWords.length === 0 ? placeOf : undefined,
  };
}

/** 0,0,1 or the,cat or [[1,2],[3,4]]. */
export function sequenceOf(word: string): unknown[] {
  if (word.trimStart().startsWith('[')) return listIn(word, `the sequence ${clipped(word, 40)}`);
  return word.split(',').map(stepOf);
}

async function sequencesOfFile(
  { streams }: Context,
  words: readonly string[],
  { file, format, ...columns }: SequenceSource,
): Promise<GivenSequences> {
  if (file === undefined && words.length > 0) {
    if (format !== undefined) throw new UsageError('--format goes with --file, or with standard input.');
    ensureNoColumns(columns);
    return { sequences: [] };
  }
  if (file === undefined && streams.stdin.isTTY) throw new UsageError('Name sequences, or a file with --file.');
  const isCsv = (format ?? (saidByEnding(file ?? '')?.format === 'csv' ? 'csv' : 'lines')) === 'csv';
  if (!isCsv) ensureNoColumns(columns);
  const text = await readText(file ?? '-', streams.stdin);
  const name = file === undefined || file === '-' ? 'standard input' : file;
  return isCsv ? sequencesInCsv(text, name, columns) : { sequences: sequencesInLines(text) };
}

function ensureNoColumns({ sequence, features, delimiter }: SequenceColumns): void {
  const [given] = Object.entries({ sequence, features, delimiter }).find(([, value]) => value !== undefined) ?? [];
  if (given !== undefined)
    throw new UsageError(
      `--${given} is for CSV: a --file that ends in .csv or .tsv, or what --format csv says is one.`,
    );
}

/**
 * Asks about the sequences, or a part of them from `start`: a refusal says where in the file the mistakes stand, and in
 * which of all sequences.
 */
export async function askedAbout<Answer>(
  { sequences, placeOf }: GivenSequences,
  start: number,
  ask: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof ApiInputError)) throw error;
    const errors = error.errors.map(({ path, ...issue }) => {
      const [, s, rest = ''] = /^sequences\[(\d+)\](.*)$/.exec(path) ?? [];
      if (s === undefined) return { path, ...issue };
      const sequence = start + Number(s);
      const [, t, i] = /^\[(\d+)\](?:\[(\d+)\])?$/.exec(rest) ?? [];
      if (t === undefined || !placeOf) return { path: `sequences[${sequence}]${rest}`, ...issue };
      const place = placeOf(sequence, Number(t), i === undefined ? undefined : Number(i));
      const step = sequences[sequence][Number(t)];
      const isEmpty = (i === undefined ? step : (step as unknown[])[Number(i)]) === null;
      return { path: `${place}${isEmpty ? ' (an empty cell)' : ''}`, ...issue };
    });
    const detail = errors.length === 0 ? error.message : error.message.replace(error.errors[0].path, errors[0].path);
    throw new ApiInputError(error.status, { code: error.code, detail, errors });
  }
}
