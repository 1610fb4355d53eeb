/**
 * Uploads data, and looks at what is there.
 */
import type { Command } from 'commander';
import { everyPage } from '../../client/client.ts';
import type { DatasetSheet } from '../../data/datasets/sheet.ts';
import { moment } from '../../text/figures.ts';
import type { Act, Context } from '../context.ts';
import { type FileOptions, uploadFile, withUpload } from '../data/upload.ts';
import { bars } from '../show/charts.ts';
import { tableLines } from '../show/table.ts';

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
