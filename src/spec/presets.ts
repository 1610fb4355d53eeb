/**
 * The question's two programs, and the second one mended: complete job specs that a request may start from.
 */
import type { JobSpecInput } from './job-spec.ts';

export interface Preset {
  description: string;
  spec: JobSpecInput;
}

const question = {
  task: { type: 'binary-digits', base: 2, order: 1 },
  model: { type: 'lstm', layers: 2, units: 5, forgetBias: 1 },
  optimizer: { type: 'sgd', learningRate: 0.1, clipNorm: 10 },
  training: { steps: 3000, reportEvery: 300, checkpointEvery: 1000 },
} satisfies JobSpecInput;

export const presets: Record<'broken' | 'working' | 'lookback', Preset> = {
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
