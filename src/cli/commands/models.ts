/**
 * Asks a trained model for probabilities, and takes it away.
 */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Command, Option } from 'commander';
import type { DownloadFormat } from '../../client/client.ts';
import type { Prediction, SequencePrediction, WithProbabilities } from '../../serving/prediction-result.ts';
import { bytes } from '../../text/figures.ts';
import { classNames } from '../class-names.ts';
import type { Act, Context } from '../context.ts';
import { askedAbout, readSequences, referenceOf, type SequenceSource, withSequences } from '../data/sequences.ts';
import { UsageError } from '../failures.ts';
import { namedJob } from '../job-reference.ts';
import { shade } from '../show/charts.ts';
import { clipped, padded } from '../show/table.ts';

interface PredictOptions extends SequenceSource {
  checkpoint?: string;
  at?: 'every-step' | 'end';
  initialState: 'trained' | 'zero';
}

/** What can be exported, and what is said of it. */
const formats: Record<DownloadFormat, string> = {
  tfjs: 'README.txt in it says how to use it.',
  keras: 'Keras 3 loads it; encoding.json in it says how steps become its inputs.',
  onnx: 'ONNX Runtime runs it; "encoding" of its metadata says how steps become its inputs.',
  safetensors: '"encoding" of its metadata says what the tensors need to be used.',
};

interface ExportOptions {
  checkpoint?: string;
  format: DownloadFormat;
  inputs: 'encoded' | 'raw';
  lengths: boolean;
  state: boolean;
  output?: string;
}

/** Sequences of one request; more are sent in parts. */
const partLength = 200;

/** Classes whose probabilities a line has room for. */
const mostClasses = 10;

export function modelCommands(program: Command, act: Act): void {
  withSequences(
    program
      .command('predict')
      .summary('class probabilities of sequences')
      .description('Asks a model. A sequence is steps with commas between them (0,0,1 or the,cat), or a JSON list.')
      .argument('<model>', 'id of a job, or an alias')
      .argument('[sequences...]', 'sequences; without any, and without --file, they are read from standard input'),
  )
    .option('--checkpoint <which>', 'latest, best, or a step; by default latest, or that of the alias')
    .addOption(
      new Option(
        '--at <where>',
        'every step, or after the last one; by default where the model has its labels',
      ).choices(['every-step', 'end']),
    )
    .addOption(
      new Option('--initial-state <state>', 'how a sequence starts').choices(['trained', 'zero']).default('trained'),
    )
    .action(
      act(async (context, name: string, words: string[], options: PredictOptions) => {
        const model = referenceOf(name);
        const checkpoint = options.checkpoint === undefined ? undefined : checkpointOf(options.checkpoint);
        const given = await readSequences(context, words, options);
        const { sequences } = given;
        const { at, initialState } = options;
        const nameOf = context.isJson
          ? String
          : await askedAbout(given, 0, () => classNames(context, { ...model, checkpoint }, sequences[0][0]));
        for (let start = 0; start < sequences.length; start += partLength) {
          const part = sequences.slice(start, start + partLength);
          const request = { ...model, checkpoint, sequences: part, at, initialState };
          const { predictions } = await askedAbout(given, start, () => context.client.predictAny(request));
          for (const [place, prediction] of predictions.entries())
            showPrediction(context, part[place], prediction, nameOf);
        }
      }),
    );

  program
    .command('export')
    .summary('download a model')
    .description('Downloads a checkpoint with what it takes to use it elsewhere.')
    .argument('<job>', 'id of a job, or an alias')
    .option('--checkpoint <which>', 'latest, best, or a step; by default latest, or that of the alias')
    .addOption(new Option('--format <format>', 'format of the model').choices(Object.keys(formats)).default('tfjs'))
    .addOption(
      new Option('--inputs <inputs>', 'what its graph takes: encoded steps, or raw ones, which it encodes itself')
        .choices(['encoded', 'raw'])
        .default('encoded'),
    )
    .option('--lengths', 'of onnx: the graph takes the lengths of padded sequences', false)
    .option(
      '--state',
      'of onnx: the graph takes the state that sequences start from, and gives the one they end in',
      false,
    )
    .option('-o, --output <file>', 'where it goes; by default under its own name in this folder')
    .action(
      act(async (context, model: string, options: ExportOptions) => {
        const { job, step = 'latest' } = await namedJob(context, model);
        const checkpoint = options.checkpoint === undefined ? step : checkpointOf(options.checkpoint);
        if (options.output !== undefined) await ensureNoFolder(options.output);
        const { format, inputs, lengths, state } = options;
        const variant = { inputs, lengths, state };
        const { name, body } = await context.client.downloadCheckpoint(job, checkpoint, format, variant);
        const file = options.output ?? name;
        const size = await save(body, file);
        context.printJson({ file: path.resolve(file), bytes: size });
        context.print(file);
        if (context.isWatched) context.note(`${bytes(size)}. ${formats[format]}`);
      }),
    );
}

/** Before anything is asked for: a model may be large. */
async function ensureNoFolder(file: string): Promise<void> {
  const found = await stat(file).catch(() => undefined);
  if (found?.isDirectory()) throw new UsageError(`--output ${file} is a folder: name a file.`);
}

/** The file appears whole, or not at all. @returns its bytes. */
async function save(body: ReadableStream<Uint8Array>, file: string): Promise<number> {
  const partial = `${file}.part`;
  const target = createWriteStream(partial);
  try {
    await pipeline(Readable.fromWeb(body as Parameters<typeof Readable.fromWeb>[0]), target);
    await rename(partial, file);
    return target.bytesWritten;
  } catch (error) {
    await rm(partial, { force: true });
    if (error instanceof Error && 'syscall' in error)
      throw new UsageError(`${file} cannot be written: ${error.message}`);
    throw error;
  }
}

export function checkpointOf(word: string): number | 'latest' | 'best' {
  if (word === 'latest' || word === 'best') return word;
  if (/^\d{1,15}$/.test(word)) return Number(word);
  throw new UsageError(`--checkpoint must be latest, best or a step, but is "${word}".`);
}

type NameOfClass = (place: number) => string | undefined;

function showPrediction(
  context: Context,
  sequence: unknown[],
  prediction: Prediction | SequencePrediction,
  nameOf: NameOfClass,
): void {
  if ('class' in prediction) showWhole(context, sequence, prediction as WithProbabilities<SequencePrediction>);
  else showSteps(context, sequence, prediction as WithProbabilities<Prediction>, nameOf);
}

/** A line a step: the input, the class, and every class's probability as a shade. */
function showSteps(
  { print, printJson, paint, width }: Context,
  sequence: unknown[],
  prediction: WithProbabilities<Prediction>,
  nameOf: NameOfClass,
): void {
  printJson(prediction);
  const { classes, labels, probabilities } = prediction;
  const names = classes.map((place, t) => String(labels?.[t] ?? place));
  const shown = Math.min(probabilities[0].length, mostClasses);
  const inputs = sequence.map((step) => clipped(typeof step === 'string' ? step : JSON.stringify(step), 24));
  const inputWidth = Math.max(...inputs.map(({ length }) => length), 'input'.length);
  const nameWidth = Math.min(24, Math.max(...names.map(({ length }) => length), 'class'.length));
  const columns = Array.from({ length: shown }, (_, place) => clipped(nameOf(place) ?? `${place}`, 16));
  const cell = Math.max(7, ...columns.map(({ length }) => length + 1));
  const heads = columns.map((column) => column.padStart(cell)).join('');
  print(paint.dim(clipped(`${padded('input', inputWidth)}  ${padded('class', nameWidth)}  ${heads}`, width)));
  for (const [t, row] of probabilities.entries()) {
    const cells = row.slice(0, shown).map((value) => shade(value.toFixed(4).padStart(cell), value, paint));
    const more =
      row.length > shown ? paint.dim(` … ${row.length} classes, at most ${Math.max(...row).toFixed(4)}`) : '';
    print(
      `${padded(inputs[t], inputWidth)}  ${padded(clipped(names[t], nameWidth), nameWidth)}  ${cells.join('')}${more}`,
    );
  }
  print();
}

function showWhole(
  { print, printJson, paint }: Context,
  sequence: unknown[],
  prediction: WithProbabilities<SequencePrediction>,
): void {
  printJson(prediction);
  const { class: place, label, probabilities } = prediction;
  const sure = shade(probabilities[place].toFixed(4).padStart(7), probabilities[place], paint);
  print(`${sure}  ${label ?? place}  ${paint.dim(clipped(JSON.stringify(sequence), 60))}`);
}
