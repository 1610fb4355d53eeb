/**
 * What the doctor says of data or a spec before training, and what the report says of a model after it.
 */
import type { Command } from 'commander';
import type { DoctorReport } from '../../diagnosis/doctor/doctor-schema.ts';
import type { Figures, Report } from '../../diagnosis/report/report-schema.ts';
import { duration, natsText, percentText } from '../../text/figures.ts';
import type { Act, Context } from '../context.ts';
import { saidByEnding } from '../data/file-endings.ts';
import { type FileOptions, uploadFile, withUpload } from '../data/upload.ts';
import { FailedError, UsageError } from '../failures.ts';
import { namedJob } from '../job-reference.ts';
import { settingOption } from '../options.ts';
import { bars, shade } from '../show/charts.ts';
import { findingLines, staircase } from '../show/findings.ts';
import { clipped, padded, wrapped } from '../show/table.ts';
import { readSpec } from '../spec-file.ts';
import { checkpointOf } from './models.ts';

interface DoctorOptions extends FileOptions {
  preset?: string;
  set?: string[];
}

interface EvaluateOptions extends FileOptions {
  checkpoint?: string;
}

/** Classes of a confusion matrix that a terminal has room for. */
const mostClasses = 16;

export function diagnosisCommands(program: Command, act: Act): void {
  const doctor = program
    .command('doctor')
    .summary('what can be known of data before any training')
    .description(
      'Examines a spec (JSON or YAML), a job, a dataset, or a file with sequences, which is uploaded for it.',
    )
    .argument('[what]', 'a file, the id of a job, or the id of a dataset')
    .option('-p, --preset <name>', 'a preset in place of a file')
    .addOption(settingOption('set a field of the spec'));
  withUpload(doctor).action(
    act(async (context, what: string | undefined, options: DoctorOptions) => {
      const found = await examine(context, what, options);
      context.printJson(found);
      if (found === null) throw new FailedError('The spec switches diagnosis off.');
      showDoctor(context, found);
      if (found.findings.some(({ severity }) => severity === 'error')) throw new FailedError('');
    }),
  );

  program
    .command('report')
    .summary('what a trained model has learned')
    .description('Shows how far a model looks back, and how well it does on data it has not seen.')
    .argument('<job>', 'id of a job, or an alias')
    .action(
      act(async (context, name: string) => {
        const { job } = await namedJob(context, name);
        const report = await context.client.report(job);
        context.printJson(report);
        if (!context.isJson) showReport(context, report);
      }),
    );

  const judge = program
    .command('evaluate')
    .summary('how well a model does on a dataset')
    .description('Judges a checkpoint on a dataset, or on a file, which is uploaded for it: the figures of a report.')
    .argument('<job>', 'id of a job, or an alias')
    .argument('<dataset>', 'id of a dataset, or a file with sequences')
    .option('--checkpoint <which>', 'latest, best, or a step; by default latest, or that of the alias');
  withUpload(judge).action(
    act((context, job: string, what: string, options: EvaluateOptions) => evaluate(context, job, what, options)),
  );
}

async function evaluate(context: Context, name: string, what: string, { checkpoint, ...file }: EvaluateOptions) {
  const { job, step = 'latest' } = await namedJob(context, name);
  const { spec } = await context.client.job(job);
  const choice = checkpoint === undefined ? step : checkpointOf(checkpoint);
  const dataset = what.startsWith('ds_') ? what : (await uploadFile(context, what, file)).id;
  if (dataset !== what) context.note(`The dataset is ${dataset}.`);
  const evaluated = await context.client.evaluate(job, dataset, choice);
  context.printJson(evaluated);
  if (!context.isJson) {
    context.print(`Step ${evaluated.checkpoint.step} of ${job}`);
    showFigures(context, evaluated);
  }
  if (spec?.task.type === 'dataset' && spec.task.dataset === evaluated.dataset) {
    context.note(
      `The job was trained on a part of this dataset, which flatters these figures; those of what it held out: lookback report ${job}`,
    );
  }
}

async function examine(
  context: Context,
  what: string | undefined,
  options: DoctorOptions,
): Promise<DoctorReport | null> {
  const { client, streams } = context;
  if (what?.startsWith('ds_')) return client.doctorOfDataset(what);
  if (what?.startsWith('job_')) {
    const { spec } = await client.job(what);
    if (spec === null)
      throw new UsageError(`${what} was imported: there are no training data that the doctor could look at.`);
    // Of the data alone: where the training starts from does not matter, and may be gone.
    return (await client.validate({ ...spec, initFrom: undefined, diagnose: true })).doctor;
  }
  const isData = what !== undefined && (options.format !== undefined || saidByEnding(what) !== undefined);
  if (isData) {
    const { id } = await uploadFile(context, what, options);
    context.note(`The dataset is ${id}.`);
    return client.doctorOfDataset(id);
  }
  const { preset, set: settings = [] } = options;
  const spec = await readSpec({ file: what, preset, settings }, streams);
  const { doctor, estimate, engine } = await client.validate(spec);
  if (!context.isJson) {
    context.note(`It would train on ${engine.name}, for about ${duration(estimate.seconds)}.`);
  }
  return doctor;
}

function showDoctor(
  { print, paint, width }: Context,
  { entropies, findings, order, sampled, steps, leastProvable }: DoctorReport,
): void {
  print(paint.bold('What is left to know of a label, in nats'));
  for (const line of staircase(entropies, width, paint)) print(line);
  const extent = `${steps} labels examined${sampled ? ', a part of the data' : ''}`;
  const isProbed = entropies.at(-1)?.source === 'probe';
  const helps = `At least ${order} past ${order === 1 ? 'value helps' : 'values help'}`;
  // A probe may know the last percent by the past.
  const none = `No past value is seen to ${isProbed ? 'be needed' : 'help'}`;
  print(`${order === 0 ? none : helps}, by ${isProbed ? 'a small model' : 'counting'}; ${extent}.`);
  if (leastProvable !== undefined) {
    const few = `Little can be proven of so few labels: past values that tell less than about ${natsText(leastProvable)} nats of each cannot be seen to help by counting, and what is not found may be there all the same.`;
    for (const line of wrapped(few, width)) print(line);
  }
  print();
  if (findings.length === 0) print(leastProvable === undefined ? paint.green('Nothing found.') : 'Nothing found.');
  for (const line of findingLines(findings, width, paint)) print(line);
}

function showReport(context: Context, report: Report): void {
  const { print, paint, width } = context;
  const { verdict, baselines, findings } = report;
  for (const line of wrapped(verdict, width)) print(paint.bold(line));
  print();
  showFigures(context, report, () => {
    print(paint.bold('What can be known, in nats'));
    for (const line of staircase(baselines, width, paint)) print(line);
    print();
  });
  if (findings.length > 0) print();
  for (const line of findingLines(findings, width, paint)) print(line);
}

/** What a report and an evaluation share; `between`: what stands below the loss, which it is to be held against. */
function showFigures({ print, paint, width }: Context, figures: Figures, between?: () => void): void {
  const { heldOut, influence, perClass, confusion, calibrationError } = figures;
  print(
    `loss ${natsText(heldOut.loss)}, accuracy ${percentText(heldOut.accuracy)}, over ${heldOut.steps} labels; calibration error ${percentText(calibrationError)}`,
  );
  print();
  between?.();
  print(paint.bold('Influence by lag'));
  const lags = influence.map(({ lag, nats }) => ({
    name: lag === 0 ? 'the present' : `${lag} back`,
    value: nats,
    text: natsText(nats),
  }));
  for (const line of lags.length === 0 ? ['  none'] : bars(lags, width, paint)) print(line);
  print();
  print(paint.bold('By class'));
  const classes = perClass.map(({ class: place, label, steps, accuracy }) => ({
    name: String(label ?? place),
    value: accuracy,
    text: `${percentText(accuracy)} of ${steps}`,
  }));
  for (const line of bars(classes, width, paint)) print(line);
  if (confusion.length > 1 && confusion.length <= mostClasses) {
    print();
    print(paint.bold('Confusion: rows are labels, columns predictions'));
    const names = classes.map(({ name }) => name);
    for (const line of matrix(confusion, names, paint)) print(line);
  }
}

/** Counts with their share of the row as a shade. */
function matrix(counts: readonly (readonly number[])[], names: readonly string[], paint: Context['paint']): string[] {
  const cell = Math.max(6, ...counts.flat().map((count) => String(count).length + 2));
  const labels = counts.map((_, place) => clipped(names[place] ?? String(place), 12));
  const labelWidth = Math.max(...labels.map(({ length }) => length));
  const head = `  ${' '.repeat(labelWidth)}${labels.map((label) => clipped(label, cell - 1).padStart(cell)).join('')}`;
  const rows = counts.map((row, place) => {
    const total = Math.max(
      1,
      row.reduce((sum, count) => sum + count, 0),
    );
    const cells = row.map((count) => shade(String(count).padStart(cell), count / total, paint));
    return `  ${padded(labels[place], labelWidth)}${cells.join('')}`;
  });
  return [head, ...rows];
}
