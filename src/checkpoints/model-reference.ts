/**
 * Which model a caller means: a checkpoint of a job, or what an alias names.
 */
import { z } from 'zod';
import { limits } from '../platform/limits.ts';
import { CheckpointChoice } from './choice.ts';

/** The fields of a reference, for the requests that hold one; `oneModel` is the rule between them. */
export const referenceFields = {
  job: z.string().max(limits.name).optional().describe('Id of a job: this, or `model`.'),
  model: z.string().max(limits.name).optional().describe('Name of an alias, in place of `job`.'),
  checkpoint: CheckpointChoice.optional().describe(
    'Of the job: a step, `latest` (the default) or `best`. Not beside `model`: an alias names its checkpoint.',
  ),
};

export interface ModelReference {
  job?: string;
  model?: string;
  checkpoint?: CheckpointChoice;
}

/** Holds a request to exactly one of `job` and `model`, whatever else is wrong with it. */
export function ofOneModel<S extends z.ZodType<ModelReference>>(request: S): S {
  const rules: { path: string; error: string; isKept(reference: ModelReference): boolean }[] = [
    {
      path: 'job',
      error: 'is missing: a string is required, or, as model, the name of an alias',
      isKept: ({ job, model }) => job !== undefined || model !== undefined,
    },
    {
      path: 'model',
      error: 'does not go with job: it stands in its place',
      isKept: ({ job, model }) => job === undefined || model === undefined,
    },
    {
      path: 'checkpoint',
      error: 'does not go with model: an alias names its checkpoint',
      isKept: ({ job, model, checkpoint }) => job !== undefined || model === undefined || checkpoint === undefined,
    },
  ];
  const isObject = (value: unknown) => typeof value === 'object' && value !== null && !Array.isArray(value);
  return rules.reduce(
    (schema, { path, error, isKept }) =>
      schema.refine(isKept, { path: [path], error, when: ({ value }) => isObject(value) }) as S,
    request,
  );
}

/** A checkpoint that was found, whole. */
export interface FoundCheckpoint {
  job: string;
  /** The alias that was asked for. */
  model?: string;
  checkpoint: { step: number; sha256: string };
}
