/**
 * Uploads data, and looks at what is there.
 */
import { openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { SingleBar } from 'cli-progress';
import { type Command, Option } from 'commander';
import { everyPage, type UploadContent, type UploadOptions } from '../../client/client.ts';
import type { DatasetSheet } from '../../data/datasets/sheet.ts';
import { bytes, moment } from '../../text/figures.ts';
import type { Act, Context } from '../context.ts';
import { delimiterOf } from '../csv-sequences.ts';
import { UsageError, unreadable } from '../failures.ts';
import { bars } from '../show/charts.ts';
import { tableLines } from '../show/table.ts';

export interface FileOptions {
  format?: string;
  name?: string;
  mapping?: string;
  sequence?: string;
  step?: string;
  features?: string;
  label?: string;
  delimiter?: string;
}

const formats: Record<string, string> = { '.ndjson': 'ndjson', '.jsonl': 'ndjson', '.csv': 'csv' };

/** What says how a file is to be read, for all commands that take one. */
export function withUpload(command: Command): Command {
  return command
    .option('--format <format>', 'ndjson or csv; by default as the ending says')
    .option('--name <name>', 'name of the dataset; by default that of the file')
    .option('--sequence <column>', 'CSV: the column with the id of the sequence')
    .option('--step <column>', 'CSV: the column by which the steps ascend')
    .option('--features <columns>', 'CSV: the columns of the inputs with commas between them, as in rate,spo2')
    .option('--label <column>', 'CSV: the column of the label')
    .option('--delimiter <character>', 'CSV: what stands between cells, by default a comma; \\t is a tab')
    .addOption(new Option('--mapping <json>', 'CSV: all of this as JSON').conflicts(['sequence', 'features', 'label']));
}

export function datasetCommands(program: Command, act: Act): void {
  withUpload(
    program
      .command('upload')
      .summary('upload a dataset')
      .description('Uploads sequences and prints the id of the dataset; the same content has the same id.')
      .argument('<file>', 'file with sequences; - is standard input'),
  ).action(
    act(async (context, file: string, options: FileOptions) => {
      const sheet = await uploadFile(context, file, options);
      context.printJson(sheet);
      if (context.isWatched) for (const line of sheetLines(sheet, context)) context.note(line);
      context.print(sheet.id);
    }),
  );

  const datasets = program
    .command('datasets')
    .summary('list datasets, show or remove them')
    .description('Lists datasets.');
  datasets
    .command('list', { isDefault: true })
    .description('Lists datasets, newest first; with the id of one, shows it.')
    .argument('[dataset]', 'id of a dataset')
    .option('--limit <count>', 'so many at most', Number, 20)
    .action(
      act((context, id: string | undefined, { limit }: { limit: number }) =>
        id === undefined ? list(context, limit) : show(context, id, { sequences: 3 }),
      ),
    );
  datasets
    .command('show')
    .description('Shows the data sheet of a dataset, and its first sequences.')
    .argument('<dataset>', 'id of a dataset')
    .option('--sequences <count>', 'so many sequences', Number, 3)
    .action(act((context, id: string, options: { sequences: number }) => show(context, id, options)));
  datasets
    .command('remove')
    .description('Removes datasets, unless a job needs them.')
    .argument('<datasets...>', 'ids of datasets')
    .action(
      act(async (context, ids: string[]) => {
        for (const id of ids) {
          await context.client.removeDataset(id);
          context.printJson({ id, outcome: 'removed' });
          context.print(`${id}  removed`);
        }
      }),
    );
}

/** @throws UsageError where the file is not there or its format is not known; ApiError with the mistakes in it. */
export async function uploadFile(context: Context, file: string, options: FileOptions): Promise<DatasetSheet> {
  if (file !== '-') await contentOf(file, context);
  const format = options.format ?? formats[path.extname(file).toLowerCase()];
  if (format === undefined) {
    throw new UsageError(
      `Say the format of ${file === '-' ? 'standard input' : file}: --format; endings that are known are ${Object.keys(formats).join(', ')}.`,
    );
  }
  const name = options.name ?? (file === '-' ? undefined : path.parse(file).name.slice(0, 200));
  const request = { format, name, ...(format === 'csv' ? { mapping: mappingOf(options) } : {}) };
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

function mappingOf({ mapping, sequence, step, features, label, delimiter }: FileOptions): unknown {
  if (mapping !== undefined) {
    try {
      return JSON.parse(mapping);
    } catch (error) {
      throw new UsageError(`--mapping must be JSON: ${(error as Error).message}`);
    }
  }
  const named = { sequence, features: features?.split(','), label };
  const missing = Object.entries(named).filter(([, value]) => value === undefined);
  if (missing.length > 0) {
    throw new UsageError(
      `A CSV needs ${missing.map(([option]) => `--${option}`).join(', ')}: which columns these are.`,
    );
  }
  return {
    ...named,
    ...(step === undefined ? {} : { step }),
    ...(delimiter === undefined ? {} : { delimiter: delimiterOf(delimiter) }),
  };
}

async function show(context: Context, id: string, { sequences }: { sequences: number }): Promise<void> {
  const sheet = await context.client.dataset(id);
  const preview = await context.client.previewDataset(id, sequences);
  context.printJson({ ...sheet, preview });
  for (const line of sheetLines(sheet, context)) context.print(line);
  for (const { x, y } of preview) {
    context.print();
    context.print(`${context.paint.dim('x')} ${shortened(x, context.width - 2)}`);
    context.print(`${context.paint.dim('y')} ${shortened(y, context.width - 2)}`);
  }
}

async function list(context: Context, limit: number): Promise<void> {
  const found: DatasetSheet[] = [];
  for await (const sheet of everyPage((cursor) => context.client.datasets({ cursor, limit: Math.min(limit, 100) }))) {
    if (found.length === limit) break;
    found.push(sheet);
  }
  context.printJson(found);
  if (found.length === 0) return context.note('There are no datasets.');
  const columns = [
    { title: 'dataset' },
    { title: 'sequences', isNumber: true },
    { title: 'steps', isNumber: true },
    { title: 'classes', isNumber: true },
    { title: 'uploaded' },
    { title: 'name', isText: true },
  ];
  const rows = found.map(({ id, name, sequences, steps, labels, createdAt }) => [
    id,
    String(sequences),
    String(steps),
    String(labels.names.length),
    moment(createdAt),
    name ?? '',
  ]);
  for (const line of tableLines(columns, rows, context.width)) context.print(line);
}

function sheetLines(sheet: DatasetSheet, { paint, width }: Context): string[] {
  const { lengths, inputs, labels } = sheet;
  const what = inputs.kind === 'strings' ? `${inputs.vocabulary.length} symbols` : `${inputs.features.length} features`;
  const most = 12;
  const counted = labels.names.map((name, place) => ({ name: String(name), value: labels.counts[place] }));
  const shown = counted.toSorted((a, b) => b.value - a.value).slice(0, most);
  return [
    `${paint.bold(sheet.id)}${sheet.name ? `  ${sheet.name}` : ''}`,
    `${sheet.sequences} sequences of ${lengths.shortest} to ${lengths.longest} steps, ${sheet.steps} steps in all, ${sheet.labelled} labelled; ${what}`,
    ...bars(
      shown.map((row) => ({ ...row, text: String(row.value) })),
      width,
      paint,
    ),
    ...(counted.length > most ? [`  and ${counted.length - most} more labels`] : []),
  ];
}

function shortened(value: unknown, width: number): string {
  const text = JSON.stringify(value);
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
