/**
 * The first thing that is done with a spec that does not start from fresh weights: the checkpoint that it names is found,
 * and held to be one that this job can go on from. From there on the spec names it by its step and its hash.
 */
import type { InitialModel } from '../../checkpoints/initial/initial-model.ts';
import type { ModelReference } from '../../checkpoints/model-reference.ts';
import type { DatasetFacts } from '../../data/datasets/dataset.ts';
import type { DatasetSheet } from '../../data/datasets/sheet.ts';
import type { EncoderState } from '../../data/encoding/encoder.ts';
import { classOfName, misfitsOf } from '../../diagnosis/report/evaluation/fit.ts';
import type { ModelDescription } from '../../model/description.ts';
import { type Issue, NotFoundError } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import { show } from '../../platform/input/shown.ts';
import { datasetOf } from '../../spec/completion.ts';
import { modelOf } from '../../spec/described-model.ts';
import { checkedJobSpec, type JobSpec } from '../../spec/job-spec.ts';
import { differencesOf } from './model-differences.ts';

/** Where the checkpoints come from that jobs start from. */
export interface InitialModels {
  /** @throws NotFoundError `job_not_found`, `alias_not_found`, `checkpoint_not_found`; CorruptCheckpointError */
  find(reference: ModelReference): Promise<InitialModel>;
  /** The spec that a job was trained with; null: it was imported, or is gone. */
  specOf(job: string): Promise<JobSpec | null>;
  /** Copies one for a job that is about to be submitted. @throws NotFoundError when it is gone, or another one now. */
  keepFor(job: string, initial: InitialModel): Promise<void>;
  /** Drops the copy of a job that was not submitted after all. */
  drop(job: string): Promise<void>;
}

export async function findInitial(models: InitialModels, { initFrom }: JobSpec): Promise<InitialModel | undefined> {
  if (initFrom === undefined) return undefined;
  const { sha256, takes: _, ...reference } = initFrom;
  const found = await models.find(reference).catch((error: unknown) => {
    if (error instanceof NotFoundError) throw notThere(reference, error);
    throw error;
  });
  if (sha256 === undefined || sha256 === found.sha256) return found;
  throw refused([`is ${sha256}, but the weights of step ${found.step} have ${found.sha256}`], 'sha256');
}

/** Copies the checkpoint for a job. @throws InvalidInputError where it has gone since it was found. */
export async function copyInitialFor(models: InitialModels, job: string, initial: InitialModel): Promise<void> {
  await models.keepFor(job, initial).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
    throw refused(
      [`is ${initial.step}, but that checkpoint of ${initial.job} was removed in this moment`],
      'checkpoint',
      'unknown-id',
    );
  });
}

/**
 * What the encoding of the inputs has been decided by already: the spec says so, or, where it says something else, is
 * refused.
 */
export function encodedAsInitial(spec: JobSpec, { encoding: { inputs } }: InitialModel): JobSpec {
  if (spec.task.type !== 'dataset') return spec;
  const decided = inputs.kind === 'strings' ? { unknown: inputs.unknown } : { standardize: !isPlain(inputs) };
  const { data } = spec;
  for (const [field, value] of Object.entries(decided)) {
    const given = data[field as keyof typeof decided];
    if (given === undefined || given === value) continue;
    const message = `is ${show(given)}, but with initFrom inputs are encoded as for the model that it names: leave it out`;
    throw invalidInput('job spec', [{ path: `data.${field}`, message, rule: 'between-fields' }]);
  }
  return { ...spec, data: { ...data, ...decided } };
}

/**
 * What the spec left out is as in the source; the split only over the same dataset, where what was held out stays held out.
 * @param source null: it was imported, or is gone.
 */
export function leftOutAsInitial(spec: JobSpec, source: JobSpec | null, { model }: InitialModel): JobSpec {
  if (spec.initFrom?.takes === undefined) return spec;
  const splits = source !== null && datasetOf(spec) !== undefined && datasetOf(spec) === datasetOf(source);
  const can = { model: true, 'data.split': splits, 'training.seed': source !== null };
  const takes = spec.initFrom.takes.filter((field) => can[field]);
  const taken = {
    ...(takes.includes('model') ? { model: source?.model ?? modelSpecOf(model, spec) } : {}),
    ...(source && takes.includes('data.split') ? { data: { ...spec.data, split: source.data.split } } : {}),
    ...(source && takes.includes('training.seed')
      ? { training: { ...spec.training, seed: source.training.seed } }
      : {}),
  };
  return checkedJobSpec({ ...spec, ...taken, initFrom: { ...spec.initFrom, takes } });
}

/** The forget bias is for initial values alone, which this job does not draw. */
function modelSpecOf(model: ModelDescription, spec: JobSpec): JobSpec['model'] {
  const { layers, units } = shapeOf(model);
  return { ...spec.model, type: model.layers[0].kind, layers, units: [...units] };
}

/**
 * @param sheet of the dataset, if there is one.
 * @throws InvalidInputError that says why the data are none that this model can go on with.
 */
export function ensureDataFit(initial: InitialModel, sheet?: DatasetSheet): void {
  throwIfAny(sheet ? datasetMisfits(sheet, initial) : taskMisfits(initial), initial);
}

/** @throws InvalidInputError that names each layer whose weights would have other shapes. */
export function ensureModelFits(spec: JobSpec, initial: InitialModel, facts?: DatasetFacts): void {
  const model = modelOf(spec, facts);
  const differences = differencesOf(model, initial.model);
  const { layers, units } = shapeOf(initial.model);
  const ours = shapeOf(model);
  if (ours.layers !== layers || String(ours.units) !== String(units)) {
    const change = `set model.layers to ${layers} and model.units to ${JSON.stringify(uniform(units))}`;
    differences.push(`this job has to have its shape: ${change}`);
  }
  throwIfAny(differences, initial);
}

function shapeOf({ layers }: ModelDescription) {
  return { layers: layers.length, units: layers.map(({ units }) => units) };
}

/** One number where all are the same, as a spec has it. */
function uniform(units: readonly number[]): number | readonly number[] {
  return units.every((one) => one === units[0]) ? units[0] : units;
}

/** The spec as it is recorded: another attempt, or another worker, starts from the same bits. */
export function withInitial(spec: JobSpec, { job, step, sha256 }: InitialModel): JobSpec {
  const takes = spec.initFrom?.takes ?? [];
  return { ...spec, initFrom: { job, checkpoint: step, sha256, ...(takes.length > 0 ? { takes } : {}) } };
}

function datasetMisfits(sheet: DatasetSheet, { encoding, model }: InitialModel): string[] {
  const misfits = misfitsOf(sheet, encoding, model);
  const { names } = sheet.labels;
  const known = classOfName(encoding, model.head.classes);
  const moved = names.findIndex((name, c) => known(name) !== undefined && known(name) !== c);
  if (moved >= 0) {
    misfits.push(`has ${show(names[moved])} as class ${moved}, which the model knows as class ${known(names[moved])}`);
  }
  return misfits.map((misfit) => `the dataset ${misfit}`);
}

/** A built-in task encodes nothing, and its classes have no names. */
function taskMisfits({ encoding: { inputs, labels } }: InitialModel): string[] {
  const misfits: string[] = [];
  if (inputs.kind === 'strings') misfits.push('it was trained on strings, and a built-in task has numbers');
  else if (!isPlain(inputs))
    misfits.push('it was trained on standardised numbers, and those of a built-in task are used as they are');
  if (labels !== null) misfits.push('its classes have names, and those of a built-in task have none');
  return misfits;
}

/** Whether numbers are used as they are. */
function isPlain(inputs: Extract<EncoderState, { kind: 'numbers' }>): boolean {
  return inputs.mean.every((mean) => mean === 0) && inputs.scale.every((scale) => scale === 1);
}

function throwIfAny(differences: readonly string[], { job, step }: InitialModel): void {
  if (differences.length === 0) return;
  throw refused(differences.map((difference) => `is step ${step} of ${job}, but ${difference}`));
}

function notThere({ job, model, checkpoint }: ModelReference, { code, message }: NotFoundError) {
  // The list of what is wrong ends with a full stop of its own.
  const why = message.replace(/^There is no /, 'there is no ').replace(/\.$/, '');
  if (code === 'checkpoint_not_found')
    return refused([`is ${show(checkpoint ?? 'latest')}, but ${why}`], 'checkpoint', 'unknown-id');
  const field = model === undefined ? 'job' : 'model';
  return refused(
    [`is ${show(model ?? job)}, but there is no such ${field === 'job' ? 'job' : 'alias'}`],
    field,
    'unknown-id',
  );
}

function refused(messages: readonly string[], field?: string, rule: Issue['rule'] = 'between-fields') {
  const path = field === undefined ? 'initFrom' : `initFrom.${field}`;
  return invalidInput(
    'job spec',
    messages.map((message) => ({ path, message, rule })),
  );
}
