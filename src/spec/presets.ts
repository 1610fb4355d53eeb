/**
 * The question's two programs, and the second one mended: complete job specs that a request may start from, and how a
 * request is laid over them.
 */
import type { JobSpecFields, JobSpecFieldsInput } from './fields.ts';
import { openSteps } from './rules.ts';

export interface Preset {
  description: string;
  spec: JobSpecFieldsInput;
}

const question = {
  task: { type: 'binary-digits', base: 2, order: 1 },
  model: { type: 'lstm', layers: 2, units: 5, forgetBias: 1 },
  optimizer: { type: 'sgd', learningRate: 0.1, clipNorm: 10 },
  training: { steps: 3000, reportEvery: 300, checkpointEvery: 1000 },
} satisfies JobSpecFieldsInput;

export const presets: Record<NonNullable<JobSpecFields['preset']>, Preset> = {
  broken: {
    description:
      'The question: a flat stream of 100 values reshaped to [2 steps, 50 rows]. Neighbours in time lie on the batch axis, so the past cannot be learned.',
    spec: {
      ...question,
      name: 'broken',
      data: { batchSize: 50, sequenceLength: 2, layout: 'time-major', rows: 'flat' },
    },
  },
  working: {
    description:
      'The answer: the same stream as 7 rows of 50 steps, split along the time axis. It learns; but the label of each row’s first step depends on a value that the row does not contain.',
    spec: {
      ...question,
      name: 'working',
      data: { batchSize: 7, sequenceLength: 50, layout: 'batch-major', rows: 'flat' },
    },
  },
  lookback: {
    description:
      'The answer, mended: every row has its own history, labels that cannot be known are masked, and Adam does the rest.',
    spec: {
      ...question,
      name: 'lookback',
      data: { batchSize: 7, sequenceLength: 50, layout: 'batch-major', rows: 'independent' },
      optimizer: { type: 'adam', learningRate: 0.02, clipNorm: 10 },
    },
  },
};

/**
 * The input over its preset, field by field. An optimiser or a task of another type than the preset's starts from that
 * type's own defaults.
 */
export function withPreset(input: unknown): unknown {
  if (!isObject(input)) return input;
  const name = input.preset;
  const base: JobSpecFieldsInput =
    typeof name === 'string' && Object.hasOwn(presets, name) ? presets[name as keyof typeof presets].spec : {};
  const defaults = { task: { type: 'binary-digits' }, optimizer: { type: 'sgd' }, ...base };
  return withStepsOfEpochs(overlay(defaults, input), input);
}

/**
 * Where a caller gives epochs and no steps, a preset's steps and the default do not count: `completeSpec` puts those
 * that the epochs make in their place.
 */
function withStepsOfEpochs(spec: Record<string, unknown>, input: Record<string, unknown>): Record<string, unknown> {
  const { training: given } = input;
  if (!isObject(given) || given.epochs === undefined || given.steps !== undefined) return spec;
  return { ...spec, training: { ...(spec.training as object), steps: openSteps } };
}

function overlay(base: Record<string, unknown>, input: Record<string, unknown>): Record<string, unknown> {
  const merged: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(input)) {
    if (value === undefined) continue;
    const below = merged[key];
    const sameType = isObject(value) && isObject(below) && (value.type === undefined || value.type === below.type);
    merged[key] = sameType ? overlay(below, value) : value;
  }
  return merged;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
