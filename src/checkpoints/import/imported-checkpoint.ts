/**
 * A file as a checkpoint: its model, and how inputs are encoded and classes called, from the file if it is a download of
 * Lookback's, else from the request, else neutral.
 */
import { InputEncoder } from '../../data/encoding/encoder.ts';
import type { Encoding } from '../../data/training-data.ts';
import { jsonIn } from '../../formats/reading/json-text.ts';
import type { ModelInFile } from '../../formats/reading/model-in-file.ts';
import { invalidFile } from '../../formats/reading/refusal.ts';
import type { ModelDescription } from '../../model/description.ts';
import { stateLength, stateSegments } from '../../model/state.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import { cut } from '../../platform/input/shown.ts';
import { limits } from '../../platform/limits.ts';
import type { Checkpoint } from '../format/checkpoint.ts';
import { EncodingFile, encoderState, type InputsDocument, type LabelsDocument, misfitOf } from './encoding-schema.ts';
import type { ImportRequest } from './import-request.ts';

type Informant = 'file' | 'request' | 'default';

export interface ImportedCheckpoint {
  checkpoint: Checkpoint;
  /** What is told of it. */
  about: {
    format: ModelInFile['format'];
    exportOf: { job: string; step: number } | null;
    inputs: Informant;
    labels: Informant;
    /** That of safetensors of others stands nowhere in them. */
    at: Informant;
    ignored: string[];
  };
}

/** Where nothing else is said: it was not trained here. */
const untrainedStep = 0;

/** @throws InvalidInputError where the file, or the request, does not fit the model. */
export function importedCheckpoint(file: ModelInFile, request: ImportRequest): ImportedCheckpoint {
  const { description, weights, format, ignored } = file;
  const told = file.encoding === undefined ? undefined : encodingIn(file.encoding);
  if (told && told.output.at !== description.head.at) {
    throw invalidFile(
      'encoding.json',
      `says labels are at ${told.output.at}, but the model has them at ${description.head.at}`,
    );
  }
  ensureNotToldTwice(request, told, file);
  const found = told?.input ?? inputsOf(file);
  const [inputs, labels] = [found ?? request.inputs, told?.output.labels ?? request.labels];
  ensureFits(inputs, labels, description, { inputs: found !== undefined, labels: told !== undefined });
  const informant = (inFile: unknown, given: unknown): Informant =>
    inFile !== undefined ? 'file' : given === undefined ? 'default' : 'request';
  const state = file.initialState ?? (told && stateOf(told, description));
  if (state?.some((value) => !Number.isFinite(value))) throw invalidFile('the initial state', 'must be finite');
  const step = told?.checkpoint.step ?? untrainedStep;
  return {
    checkpoint: {
      step,
      metrics: null,
      heldOut: null,
      model: description,
      carriesState: state !== undefined,
      engine: { name: 'import', threads: 1 },
      trainer: { weights, slots: {}, carried: state ?? new Float32Array(0) },
      data: null,
      evaluation: null,
      encoding: encodingOf(inputs, labels, description.input.features),
    },
    about: {
      format,
      exportOf: told ? { job: told.checkpoint.job, step } : null,
      inputs: informant(found, request.inputs),
      labels: informant(told, request.labels),
      at: informant(told ?? (format === 'safetensors' ? undefined : format), request.at),
      ignored: someOf(ignored),
    },
  };
}

/** It stays in the job's record, and a file may have any number of layers with names of any length. */
function someOf(ignored: readonly string[]): string[] {
  const some = ignored.slice(0, limits.ignoredParts).map((part) => cut(part, limits.name));
  return ignored.length > some.length ? [...some, `and ${ignored.length - some.length} more`] : some;
}

function encodingIn(text: string): EncodingFile {
  const told = EncodingFile.safeParse(jsonIn(Buffer.from(text), 'encoding.json'));
  if (told.success) return told.data;
  const [{ path, message }] = told.error.issues;
  throw invalidFile(`encoding.json, ${path.join('.')},`, message);
}

/** What layers in front of the network say of numbers; what is to stand for a missing one, they do not say. */
function inputsOf({ standardization }: ModelInFile): InputsDocument | undefined {
  if (!standardization) return undefined;
  const { mean, scale } = standardization;
  return {
    kind: 'numbers',
    features: mean.map((value, i) => ({ name: null, mean: value, scale: scale[i], missing: null })),
  };
}

function ensureNotToldTwice(
  { inputs, labels, at }: ImportRequest,
  told: EncodingFile | undefined,
  { format, standardization }: ModelInFile,
): void {
  const byLayers = standardization ? { inputs } : {};
  const fields = told ? { inputs, labels, at } : format === 'safetensors' ? {} : { at, ...byLayers };
  const field = Object.entries(fields).find(([, value]) => value !== undefined)?.[0];
  if (field !== undefined)
    throw invalidInput('query', [{ path: field, message: 'must be left out: the file says it' }]);
}

function ensureFits(
  inputs: InputsDocument | undefined,
  labels: LabelsDocument | undefined,
  { input, head }: ModelDescription,
  isFromFile: { inputs: boolean; labels: boolean },
): void {
  const refuse = (path: 'inputs' | 'labels', message: string) =>
    isFromFile[path] ? invalidFile(`its encoding, ${path},`, message) : invalidInput('query', [{ path, message }]);
  const misfit = inputs && misfitOf(inputs, input.features);
  if (misfit) throw refuse('inputs', misfit);
  if (labels && labels.length !== head.classes) {
    throw refuse('labels', `has ${labels.length} names, but the model has ${head.classes} classes`);
  }
}

function encodingOf(
  inputs: InputsDocument | undefined,
  labels: LabelsDocument | undefined,
  features: number,
): Encoding {
  // Classes that are called by their numbers have no names.
  const names = labels?.every((name, c) => name === c) ? undefined : labels;
  return {
    inputs: inputs ? encoderState(inputs, features) : InputEncoder.plain(features).state,
    labels: names ?? null,
  };
}

/** undefined: sequences start from zero. */
function stateOf(
  { initialState: { rule, layers } }: EncodingFile,
  description: ModelDescription,
): Float32Array | undefined {
  if (rule === 'zero') return undefined;
  const row = new Float32Array(stateLength(description, 1));
  for (const { layer, name, offset, width } of stateSegments(description, 1)) {
    const values = layers[layer]?.[name];
    if (values?.length !== width)
      throw invalidFile('encoding.json', `has no state ${name} of ${width} numbers for layer ${layer + 1}`);
    row.set(values, offset);
  }
  return row;
}
