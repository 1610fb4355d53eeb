/**
 * Sends the files that people have: data sets and models, from a path or standard input.
 */
import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import type { UploadContent, UploadOptions } from '../../client/client.ts';
import type { DatasetSheet } from '../../data/datasets/sheet.ts';
import { bytes } from '../../text/figures.ts';
import type { Context } from '../context.ts';
import { UsageError, unreadable } from '../failures.ts';
import { namesIn, RepeatableOption } from '../options.ts';
import { delimiterHelp, delimiterOf, ensureSeparates } from './csv-delimiter.ts';
import { knownEndings, saidByEnding, usualDelimiter } from './file-endings.ts';

export interface FileOptions {
  format?: string;
  name?: string;
  mapping?: string;
  sequence?: string;
  step?: string;
  features?: string[];
  label?: string;
  delimiter?: string;
}

const columnOptions: (keyof FileOptions)[] = ['sequence', 'step', 'features', 'label', 'delimiter'];

/** What says how a file is to be read, for all commands that take one. */
export function withUpload(command: Command): Command {
  return command
    .option('--format <format>', 'ndjson or csv; by default as the ending says')
    .option('--name <name>', 'name of the dataset; by default that of the file')
    .option('--sequence <column>', 'CSV: the column with the id of the sequence')
    .option('--step <column>', 'CSV: the column by which the steps ascend')
    .addOption(
      new RepeatableOption(
        '--features <columns>',
        'CSV: the columns of the inputs with commas between them, as in rate,spo2',
        namesIn,
      ),
    )
    .option('--label <column>', 'CSV: the column of the label')
    .option('--delimiter <character>', delimiterHelp)
    .addOption(new Option('--mapping <json>', 'CSV: all of this as JSON').conflicts(columnOptions));
}

/** @throws UsageError where the file is not there or its format is not known; ApiError with the mistakes in it. */
export async function uploadFile(context: Context, file: string, options: FileOptions): Promise<DatasetSheet> {
  if (file !== '-') await contentOf(file, context);
  const format = options.format ?? saidByEnding(file)?.format;
  if (format === undefined) {
    throw new UsageError(
      `Say the format of ${file === '-' ? 'standard input' : file}: --format; endings that are known are ${knownEndings.join(', ')}.`,
    );
  }
  if (format !== 'csv') ensureNoColumns(options, file, format);
  const name = options.name ?? (file === '-' ? undefined : path.parse(file).name.slice(0, 200));
  const request = { format, name, ...(format === 'csv' ? { mapping: await mappingOf(options, file) } : {}) };
  return sendFile(context, file, (content, progress) =>
    context.client.uploadDataset(content, request as Parameters<typeof context.client.uploadDataset>[1], progress),
  );
}

/** Sends a file, or what comes from standard input, with a bar where somebody watches. */
export async function sendFile<T>(
  context: Context,
  file: string,
  send: (content: UploadContent, options: UploadOptions) => Promise<T>,
): Promise<T> {
  const { content, total } = await contentOf(file, context);
  const bar = context.isWatched ? progressBar(context, total) : null;
  try {
    return await send(content, { onProgress: bar ? (sent) => bar.update(sent, { sent: bytes(sent) }) : undefined });
  } finally {
    bar?.stop();
  }
}

async function contentOf(file: string, { streams }: Context): Promise<{ content: UploadContent; total: number }> {
  if (file === '-') return { content: streams.stdin, total: 0 };
  try {
    if (!(await stat(file)).isFile()) throw new UsageError(`${file} is not a file.`);
    const content = await openAsBlob(file);
    return { content, total: content.size };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}

function progressBar({ streams }: Context, total: number): SingleBar {
  const bar = new SingleBar({
    stream: streams.stderr,
    format: total === 0 ? 'upload {sent}' : `upload {bar} {percentage} %  {sent} of ${bytes(total)}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(Math.max(1, total), 0, { sent: bytes(0) });
  return bar;
}

function ensureNoColumns(options: FileOptions, file: string, format: string): void {
  const given = ([...columnOptions, 'mapping'] as const).find((option) => options[option] !== undefined);
  if (given === undefined) return;
  throw new UsageError(`--${given} is for CSV, but ${file === '-' ? 'standard input' : file} is read as ${format}.`);
}

async function mappingOf(
  { mapping, sequence, step, features, label, delimiter }: FileOptions,
  file: string,
): Promise<unknown> {
  if (mapping !== undefined) {
    try {
      const given = JSON.parse(mapping);
      // What is no object the service refuses.
      return given?.constructor === Object ? { delimiter: usualDelimiter(file), ...given } : given;
    } catch (error) {
      throw new UsageError(`--mapping must be JSON: ${(error as Error).message}`);
    }
  }
  const named = { sequence, features, label };
  const missing = Object.entries(named).filter(([, value]) => value === undefined);
  if (missing.length > 0) {
    throw new UsageError(
      `A CSV needs ${missing.map(([option]) => `--${option}`).join(', ')}: which columns these are.`,
    );
  }
  const between = delimiter === undefined ? usualDelimiter(file) : delimiterOf(delimiter);
  if (file !== '-') ensureSeparates(between, await firstLineOf(file), [sequence!, label!, ...features!], file);
  return { ...named, ...(step === undefined ? {} : { step }), delimiter: between };
}

/** What is read of a file to look at its first line. */
const headBytes = 64 * 1024;

async function firstLineOf(file: string): Promise<string> {
  const head = await (await openAsBlob(file)).slice(0, headBytes).text();
  return head.replace(/^\uFEFF/, '').split(/\r?\n/, 1)[0];
}
