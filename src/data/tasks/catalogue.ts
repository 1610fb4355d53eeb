/**
 * What `GET /v1/tasks` tells about the built-in tasks: what each asks for, where it comes from, how well it can be solved, and a few steps of it.
 */
import { z } from 'zod';
import { Random } from '../../model/random.ts';
import { type Attainable, unknowable } from '../task.ts';
import { taskOf } from './index.ts';
import {
  AddingTask,
  BinaryDigitsTask,
  type BuiltInTaskSpec,
  EchoTask,
  ParityTask,
  ReberTask,
  TemporalOrderTask,
} from './specs.ts';

export interface TaskEntry {
  type: BuiltInTaskSpec['type'];
  title: string;
  description: string;
  citation: string;
  /** JSON schema of the task's spec, as a request may give it. */
  schema: Record<string, unknown>;
  /** With the default spec: the best that any model can do, and the best without looking at the inputs. */
  optimum: Attainable & { formula: string };
  chance: Attainable;
  /** Rows should be at least this long (default spec): a label is known within so many steps. */
  span: number;
  /** A job spec that learns the task, and how close its held-out loss comes to the optimum. */
  example: { spec: Record<string, unknown>; withinNats: number };
  /** The first steps of a stream of the default spec: inputs [T] or [T][I], and the class of each step, or null where there is none. */
  sample: { inputs: number[] | number[][]; labels: (number | null)[] };
}

type Prose = Pick<TaskEntry, 'title' | 'citation' | 'example'> & {
  formula: string;
  schema: z.ZodType<BuiltInTaskSpec>;
};

const hochreiter = 'S. Hochreiter & J. Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997';
const determined = 'The inputs determine the label: 0 nats, accuracy 1.';

/** A small model of one layer, trained by Adam on rows of one or more episodes. */
function example(
  task: { type: BuiltInTaskSpec['type'] } & Record<string, unknown>,
  data: { batchSize: number; sequenceLength: number },
  { units, learningRate, steps }: { units: number; learningRate: number; steps: number },
  withinNats: number,
): TaskEntry['example'] {
  const model = { layers: 1, units };
  const optimizer = { type: 'adam', learningRate, clipNorm: 1 };
  return { spec: { task, data, model, optimizer, training: { steps } }, withinNats };
}

const entries: Record<BuiltInTaskSpec['type'], Prose> = {
  'binary-digits': {
    title: 'Binary digits',
    citation: 'The question that Lookback comes from: TensorFlow r0.10, "current value plus twice the previous one".',
    formula: determined,
    schema: BinaryDigitsTask,
    example: example(
      { type: 'binary-digits' },
      { batchSize: 32, sequenceLength: 50 },
      { units: 16, learningRate: 0.02, steps: 500 },
      0.005,
    ),
  },
  parity: {
    title: 'Parity',
    citation: 'M. Minsky & S. Papert, Perceptrons, MIT Press, 1969, chapter 3',
    formula: determined,
    schema: ParityTask,
    example: example(
      { type: 'parity' },
      { batchSize: 32, sequenceLength: 50 },
      { units: 16, learningRate: 0.02, steps: 500 },
      0.005,
    ),
  },
  echo: {
    title: 'Echo',
    citation: 'H. Jaeger, Short term memory in echo state networks, GMD Report 152, 2001',
    formula: determined,
    schema: EchoTask,
    example: example(
      { type: 'echo' },
      { batchSize: 32, sequenceLength: 50 },
      { units: 24, learningRate: 0.02, steps: 500 },
      0.005,
    ),
  },
  // A sum beside the border of two parts is told apart only by ever larger weights: the last tenths of a nat take long.
  adding: {
    title: 'The adding problem, as classes',
    citation: `${hochreiter}, section 5.4`,
    formula: determined,
    schema: AddingTask,
    example: example(
      { type: 'adding', length: 20 },
      { batchSize: 64, sequenceLength: 20 },
      { units: 24, learningRate: 0.01, steps: 2500 },
      0.3,
    ),
  },
  'temporal-order': {
    title: 'Temporal order',
    citation: `${hochreiter}, section 5.6`,
    formula: determined,
    schema: TemporalOrderTask,
    example: example(
      { type: 'temporal-order' },
      { batchSize: 64, sequenceLength: 44 },
      { units: 16, learningRate: 0.01, steps: 500 },
      0.005,
    ),
  },
  reber: {
    title: 'Embedded Reber grammar',
    citation: `${hochreiter}, section 5.1`,
    formula:
      'A string has 12 symbols on average, 7 of them a fair choice between two: 7·ln(2)/12 nats, accuracy 17/24, in the long run.',
    schema: ReberTask,
    example: example(
      { type: 'reber' },
      { batchSize: 8, sequenceLength: 40 },
      { units: 12, learningRate: 0.02, steps: 1000 },
      0.01,
    ),
  },
};

export function taskCatalogue(): TaskEntry[] {
  return (Object.keys(entries) as (keyof typeof entries)[]).map(entryOf);
}

function entryOf(type: BuiltInTaskSpec['type']): TaskEntry {
  const { title, citation, formula, schema, example: learned } = entries[type];
  const spec = schema.parse({ type });
  const task = taskOf(spec);
  return {
    type,
    title,
    description: schema.description ?? title,
    citation,
    schema: z.toJSONSchema(schema, { io: 'input' }),
    optimum: { ...task.optimum(), formula },
    chance: task.chance(),
    span: task.span,
    example: learned,
    sample: sampleOf(spec),
  };
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
