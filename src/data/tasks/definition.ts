/**
 * What a built-in task says of itself, all in one file: how it is asked for, what `GET /v1/tasks` tells of it, and
 * what makes its data. `index.ts` lists the definitions.
 */
import type { z } from 'zod';
import type { Task } from '../task.ts';

/** zod is handed in, so that the process of a run, which checks nothing, need not load it. */
type Zod = typeof z;

type Fields = Record<string, z.ZodType>;

/** A task's spec, with every field there; and as a request may give it, where fields with defaults may be missing. */
export type SpecOf<Definition> = z.output<SchemaOf<Definition>>;

export type SchemaOf<Definition> =
  Definition extends TaskDefinition<infer Type, infer Shape>
    ? z.ZodObject<{ type: z.ZodLiteral<Type> } & Shape, z.core.$strict>
    : never;

export interface TaskDefinition<Type extends string = string, Shape extends Fields = Fields> {
  type: Type;
  title: string;
  /** What the class of a step is. */
  description: string;
  citation: string;
  /** The best that any model can do, in words. */
  optimum: string;
  /** The fields of its spec besides `type`, each with its limits and default. */
  fields(z: Zod): Shape;
  /** What makes the data. */
  task(spec: z.output<z.ZodObject<Shape>>): Task;
  /** A small model that learns the task, and how close its held-out loss comes to the optimum. */
  example: Example;
}

/** One layer, trained by Adam on rows of one or more episodes. */
export interface Example {
  /** Fields of the task other than their defaults. */
  task?: Record<string, unknown>;
  batchSize: number;
  sequenceLength: number;
  units: number;
  learningRate: number;
  steps: number;
  withinNats: number;
}

/** Infers the types of a definition from its fields. */
export function defineTask<Type extends string, Shape extends Fields>(
  definition: TaskDefinition<Type, Shape>,
): TaskDefinition<Type, Shape> {
  return definition;
}

/** Where the inputs determine the label. */
export const determined = 'The inputs determine the label: 0 nats, accuracy 1.';
