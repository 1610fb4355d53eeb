/**
 * Imports a model that was trained elsewhere.
 */

import path from 'node:path';
import { type Command, Option } from 'commander';
import type { Act, Context } from '../context.ts';
import { sendFile } from '../data/upload.ts';
import { UsageError } from '../failures.ts';
import { namesIn, RepeatableOption } from '../options.ts';

interface ImportOptions {
  name?: string;
  labels?: unknown[];
  inputs?: string;
  at?: 'every-step' | 'end';
}

export function importCommands(program: Command, act: Act): void {
  program
    .command('import')
    .summary('import a model that was trained elsewhere')
    .description(
      'Makes a job, that is over, of a zip with a tfjs model, a .keras archive, or safetensors; prints its id.',
    )
    .argument('<file>', 'file with the model; - is standard input')
    .option('--name <name>', 'name of the job; by default that of the file')
    .addOption(
      new RepeatableOption(
        '--labels <names>',
        'what the classes are called, with commas between them, or as JSON',
        labelsIn,
      ),
    )
    .option('--inputs <json>', 'how inputs are encoded, as `input` of an encoding.json')
    .addOption(
      new Option('--at <place>', 'safetensors: whether there is an output at each step or at the end').choices([
        'every-step',
        'end',
      ]),
    )
    .action(act((context, file: string, options: ImportOptions) => importFrom(context, file, options)));
}

async function importFrom(context: Context, file: string, { labels, inputs, at, name }: ImportOptions): Promise<void> {
  const request = {
    name: name ?? (file === '-' ? undefined : path.parse(file).name.slice(0, 200)),
    labels,
    inputs: inputs === undefined ? undefined : jsonOf('inputs', inputs),
    at,
  };
  const job = await sendFile(context, file, (content, options) =>
    context.client.importModel(content as Blob, request as Parameters<typeof context.client.importModel>[1], options),
  );
  context.printJson(job);
  const { format, inputs: encoded, labels: named, at: placed = 'file', ignored } = job.imported!;
  context.note(
    `A ${format} file. Inputs: ${encodedBy[encoded]}. Classes: ${namedBy[named]}. Labels: ${placedBy[placed]}.`,
  );
  for (const one of ignored) context.note(`${one}: it has no part in predictions.`);
  context.print(job.id);
}

const encodedBy = { file: 'as the file says', request: 'as --inputs says', default: 'numbers as they are' };
const namedBy = { file: 'as the file says', request: 'as --labels says', default: '0, 1, 2 …' };
const placedBy = {
  file: 'where the file says',
  request: 'where --at says',
  default: 'at each step, which the file does not say; --at end, if it has one for each sequence',
};

function labelsIn(word: string): unknown[] {
  return word.startsWith('[') ? (jsonOf('labels', word) as unknown[]) : namesIn(word);
}

function jsonOf(option: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UsageError(`--${option} must be JSON: ${(error as Error).message}`);
  }
}
