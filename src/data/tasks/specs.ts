/**
 * What a job spec may say of its task: a built-in one, by the fields of its definition, or a dataset, by its id.
 */
import { z } from 'zod';
import { datasetId } from '../datasets/id.ts';
import type { SchemaOf, TaskDefinition } from './definition.ts';
import { tasks } from './index.ts';

export const DatasetId = z.string().regex(datasetId, 'must be the id of a dataset: ds_ and 24 hexadecimal digits');

const DatasetTask = z
  .strictObject({ type: z.literal('dataset'), dataset: DatasetId })
  .describe('Sequences that were uploaded to /v1/datasets.');

/** The task of a spec that names none. */
const defaultTask = 'binary-digits';

/** The schema of a task's spec. */
export function schemaOf<Definition extends TaskDefinition>({ type, description, fields }: Definition) {
  const name = type === defaultTask ? z.literal(type).optional().default(type) : z.literal(type);
  const schema = z.strictObject({ type: name, ...fields(z) }).describe(description);
  return schema as z.ZodType as SchemaOf<Definition>;
}

type Schemas<Definitions extends readonly TaskDefinition[]> = {
  [Index in keyof Definitions]: SchemaOf<Definitions[Index]>;
};
const builtIn = tasks.map((task: TaskDefinition) => schemaOf(task)) as unknown as Schemas<typeof tasks>;

export const BuiltInTaskSpec = z.discriminatedUnion('type', [...builtIn]);
export type BuiltInTaskSpec = z.infer<typeof BuiltInTaskSpec>;

export const TaskSpec = z.discriminatedUnion('type', [...builtIn, DatasetTask]);
export type TaskSpec = z.infer<typeof TaskSpec>;
