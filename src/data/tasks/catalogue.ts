/**
 * What `GET /v1/tasks` tells about the built-in tasks: what each asks for, where it comes from, how well it can be
 * solved, and a few steps of it.
 */
import { z } from 'zod';
import { Random } from '../../model/random.ts';
import { unknowable } from '../task.ts';
import type { TaskDefinition } from './definition.ts';
import { taskOf, tasks } from './index.ts';
import type { BuiltInTaskSpec } from './specs.ts';
import { schemaOf } from './specs.ts';

const attainable = { loss: z.number().describe('Nats.'), accuracy: z.number() };

export const TaskEntry = z
  .object({
    type: z.string(),
    title: z.string(),
    description: z.string(),
    citation: z.string(),
    schema: z.looseObject({}).describe('JSON Schema of the field `task` of a job spec.'),
    optimum: z.object({ ...attainable, formula: z.string() }).describe('The best that any model can do.'),
    chance: z.object(attainable).describe('The best without looking at the inputs.'),
    span: z.int().describe('Rows should be at least this long: a label is known within so many steps.'),
    example: z
      .object({ spec: z.looseObject({}), withinNats: z.number() })
      .describe('A job spec that learns the task, and how close its held-out loss comes to the optimum.'),
    sample: z
      .object({
        inputs: z.array(z.union([z.number(), z.array(z.number())])).describe('[T], or [T][I].'),
        labels: z.array(z.int().nullable()).describe('[T] the class; null: the step has none.'),
      })
      .describe('The first steps of a stream.'),
  })
  .meta({ id: 'Task', description: 'A built-in task; figures are those of its default spec.' });
export type TaskEntry = z.output<typeof TaskEntry>;

export function taskCatalogue(): TaskEntry[] {
  return tasks.map(entryOf);
}

function entryOf(definition: TaskDefinition): TaskEntry {
  const schema = schemaOf(definition);
  const spec = schema.parse({ type: definition.type }) as BuiltInTaskSpec;
  const task = taskOf(spec);
  return {
    type: spec.type,
    title: definition.title,
    description: definition.description,
    citation: definition.citation,
    schema: z.toJSONSchema(schema, { io: 'input' }),
    optimum: { ...task.optimum(), formula: definition.optimum },
    chance: task.chance(),
    span: task.span,
    example: exampleOf(definition),
    sample: sampleOf(spec),
  };
}

function exampleOf({ type, example }: TaskDefinition): TaskEntry['example'] {
  const { task, batchSize, sequenceLength, units, learningRate, steps, withinNats } = example;
  const spec = {
    task: { type, ...task },
    data: { batchSize, sequenceLength },
    model: { layers: 1, units },
    optimizer: { type: 'adam', learningRate, clipNorm: 1 },
    training: { steps },
  };
  return { spec, withinNats };
}

/** At least twelve steps, and enough of them for a label. */
function sampleOf(spec: BuiltInTaskSpec): TaskEntry['sample'] {
  const task = taskOf(spec);
  const count = Math.max(12, task.span);
  const inputs = new Float32Array(count * task.features);
  const labels = new Int32Array(count);
  task.open().fill(Random.seeded(1, 'evaluation'), inputs, labels, 0, count);
  const steps = Array.from({ length: count }, (_, t) => [
    ...inputs.subarray(t * task.features, (t + 1) * task.features),
  ]);
  return {
    inputs: task.features === 1 ? steps.flat() : steps,
    labels: Array.from(labels, (label) => (label === unknowable ? null : label)),
  };
}
