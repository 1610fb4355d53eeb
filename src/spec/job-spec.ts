/**
 * The job spec: what a caller asks for. One zod schema validates it, types it and documents it; after `resolveJobSpec` every field is there and every limit holds.
 */
import { z } from 'zod';
import type { DatasetFacts } from '../data/datasets/dataset.ts';
import { TaskSpec } from '../data/tasks/specs.ts';
import { parse } from '../platform/input/validation.ts';
import { limits } from '../platform/limits.ts';
import { checkBuiltInFields, checkEvaluations, openSteps, type Refuse } from './data-fields.ts';
import { estimate, taskShape } from './described-model.ts';
import { presets } from './presets.ts';
import {
  DataSpec,
  EngineChoice,
  type JobSpecFields,
  LimitsSpec,
  ModelSpec,
  OptimizerSpec,
  TrainingSpec,
} from './sections.ts';

export const JobSpec = z
  .strictObject({
    name: z.string().trim().min(1).max(limits.name).optional().describe('For people; need not be unique.'),
    preset: z.enum(['broken', 'working', 'lookback']).optional().describe('A base that the other fields override.'),
    task: TaskSpec.prefault({ type: 'binary-digits' }),
    data: DataSpec.prefault({}),
    model: ModelSpec.prefault({}),
    optimizer: OptimizerSpec.prefault({ type: 'sgd' }),
    training: TrainingSpec.prefault({}),
    limits: LimitsSpec.optional().describe('What ends the job, after a last checkpoint. Absent: nothing does.'),
    engine: EngineChoice.default('auto').describe('auto chooses by measured cost.'),
    diagnose: z
      .boolean()
      .default(true)
      .describe('Whether the doctor examines the data, and a report is made of the model.'),
  })
  .check(checkFields)
  .meta({ id: 'JobSpec', description: 'What to train. Every field has a default; unknown fields are refused.' });

export type JobSpec = z.output<typeof JobSpec>;
export type JobSpecInput = z.input<typeof JobSpec>;

/**
 * The spec as it will run: preset and defaults filled in, everything within limits; otherwise an InvalidInputError.
 * What depends on the task's data is still open: `completeSpec` adds it.
 */
export function resolveJobSpec(input: unknown): JobSpec {
  return parse(JobSpec, withPreset(input), 'job spec');
}

/** What a caller posts: fields that are missing come from the preset, then from the defaults. */
export const JobSpecBody = z.preprocess(withPreset, JobSpec);

/** The input over its preset, field by field. An optimiser or a task of another type than the preset's starts from that type's own defaults. */
export function withPreset(input: unknown): unknown {
  if (!isObject(input)) return input;
  const name = input.preset;
  const base: JobSpecInput =
    typeof name === 'string' && Object.hasOwn(presets, name) ? presets[name as keyof typeof presets].spec : {};
  const defaults = { task: { type: 'binary-digits' }, optimizer: { type: 'sgd' }, ...base };
  return withStepsOfEpochs(overlay(defaults, input), input);
}

/** Where a caller gives epochs and no steps, a preset's steps and the default do not count: `completeSpec` puts those that the epochs make in their place. */
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

/** The rules that hold between fields. Runs only over a spec whose fields are each within their own; those of a dataset wait for its facts. */
function checkFields(context: z.core.ParsePayload<JobSpecFields>): void {
  const spec = context.value;
  const refuse = (path: string[], message: string) => {
    const input = path.reduce<unknown>((value, key) => Reflect.get(value as object, key), spec);
    context.issues.push({ code: 'custom', path, message, input });
  };
  const { units, layers } = spec.model;
  if (Array.isArray(units) && units.length !== layers) {
    refuse(['model', 'units'], `lists ${units.length} layers, but model.layers is ${layers}`);
    return;
  }
  if (spec.task.type === 'dataset') return;
  const { classes } = taskShape(spec);
  if (spec.task.type === 'binary-digits' && classes > limits.classes) {
    refuse(
      ['task', 'order'],
      `is ${spec.task.order}, which with base ${spec.task.base} makes ${classes} classes; the limit is ${limits.classes}`,
    );
    return;
  }
  checkBuiltInFields(spec, refuse);
  // Epochs of a built-in task are refused there; what they would come to is of no interest.
  if (spec.training.epochs === undefined) checkLimits(spec, refuse);
}

/** The limits on what fields come to together. */
export function checkLimits(spec: JobSpecFields, refuse: Refuse, dataset?: DatasetFacts): void {
  const { steps, reportEvery, checkpointEvery } = spec.training;
  if (steps / reportEvery > limits.reports) {
    refuse(
      ['training', 'reportEvery'],
      `is ${reportEvery}, which makes ${Math.ceil(steps / reportEvery)} reports in ${steps} steps; the limit is ${limits.reports}`,
    );
  }
  if (steps / checkpointEvery > limits.checkpoints) {
    refuse(
      ['training', 'checkpointEvery'],
      `is ${checkpointEvery}, which makes ${Math.ceil(steps / checkpointEvery)} checkpoints in ${steps} steps; the limit is ${limits.checkpoints}`,
    );
  }
  checkEvaluations(spec.training, refuse);
  const { flops, bytes } = estimate(spec, dataset);
  if (flops > limits.flops) {
    refuse(
      ['training', 'steps'],
      `is ${steps}, which with this model and batch takes ${flops.toExponential(1)} floating-point operations; the limit is ${limits.flops.toExponential(1)}`,
    );
  }
  if (bytes > limits.bytes) {
    refuse(
      ['data', 'batchSize'],
      `is ${spec.data.batchSize}, which with this model and sequenceLength needs ${(bytes / 2 ** 20).toFixed(0)} MiB; the limit is ${limits.bytes / 2 ** 20} MiB`,
    );
  }
}
