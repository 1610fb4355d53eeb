/**
 * What `GET /v1/tasks` tells about the built-in tasks: what each asks for, where it comes from, how well it can be solved, and a few steps of it.
 */
import { z } from 'zod';
import { Random } from '../random.ts';
import { type Attainable, unknowable } from '../task.ts';
import { AddingTask } from './adding.ts';
import { BinaryDigitsTask } from './binary-digits.ts';
import { EchoTask } from './echo.ts';
import { type BuiltInTaskSpec, taskOf } from './index.ts';
import { ParityTask } from './parity.ts';
import { ReberTask } from './reber.ts';
import { TemporalOrderTask } from './temporal-order.ts';

export interface TaskEntry {
  type: BuiltInTaskSpec['type'];
  title: string;
  description: string;
  citation: string;
  /** JSON schema of the task's spec, as a request may give it. */
  schema: object;
  /** With the default spec: the best that any model can do, and the best without looking at the inputs. */
  optimum: Attainable & { formula: string };
  chance: Attainable;
  /** Rows should be at least this long (default spec): a label is known within so many steps. */
  span: number;
  /** The first steps of a stream of the default spec: inputs [T] or [T][I], and the class of each step, or null where there is none. */
  sample: { inputs: number[] | number[][]; labels: (number | null)[] };
}

type Prose = Pick<TaskEntry, 'title' | 'citation'> & { formula: string; schema: z.ZodType<BuiltInTaskSpec> };

const hochreiter = 'S. Hochreiter & J. Schmidhuber, Long Short-Term Memory, Neural Computation 9(8), 1997';
const determined = 'The inputs determine the label: 0 nats, accuracy 1.';

const entries: Record<BuiltInTaskSpec['type'], Prose> = {
  'binary-digits': {
    title: 'Binary digits',
    citation: 'The question that Lookback comes from: TensorFlow r0.10, "current value plus twice the previous one".',
    formula: determined,
    schema: BinaryDigitsTask,
  },
  parity: {
    title: 'Parity',
    citation: 'M. Minsky & S. Papert, Perceptrons, MIT Press, 1969, chapter 3',
    formula: determined,
    schema: ParityTask,
  },
  echo: {
    title: 'Echo',
    citation: 'H. Jaeger, Short term memory in echo state networks, GMD Report 152, 2001, section 2',
    formula: determined,
    schema: EchoTask,
  },
  adding: {
    title: 'The adding problem, as classes',
    citation: `${hochreiter}, section 5.4`,
    formula: determined,
    schema: AddingTask,
  },
  'temporal-order': {
    title: 'Temporal order',
    citation: `${hochreiter}, section 5.6`,
    formula: determined,
    schema: TemporalOrderTask,
  },
  reber: {
    title: 'Embedded Reber grammar',
    citation: `${hochreiter}, section 5.1`,
    formula:
      'A string has 12 symbols on average, 7 of them a fair choice between two: 7·ln(2)/12 nats, accuracy 17/24, in the long run.',
    schema: ReberTask,
  },
};

export function taskCatalogue(): TaskEntry[] {
  return (Object.keys(entries) as (keyof typeof entries)[]).map(entryOf);
}

function entryOf(type: BuiltInTaskSpec['type']): TaskEntry {
  const { title, citation, formula, schema } = entries[type];
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
