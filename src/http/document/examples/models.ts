/**
 * The examples of checkpoints, and of predictions with one.
 */
import { exampleHash, exampleJob, finishedAt } from './ids.ts';

export const checkpointPage = {
  data: [{ step: 3000, loss: 0.0002, heldOutLoss: null, sha256: exampleHash, bytes: 7852, createdAt: finishedAt }],
  nextCursor: null,
  damaged: [],
  unsupported: [],
};

export const predictionRequest = {
  job: exampleJob,
  checkpoint: 'latest',
  sequences: [
    [0, 0, 1],
    [1, 0],
  ],
};

/** What the job of the example answers. The first step of a sequence cannot be known: the value before it is missing. */
export const prediction = {
  job: exampleJob,
  checkpoint: { step: 3000, sha256: exampleHash },
  predictions: [
    {
      classes: [0, 0, 1],
      probabilities: [
        [0.941, 0.015, 0.044, 0],
        [1, 0, 0, 0],
        [0, 1, 0, 0],
      ],
    },
    {
      classes: [3, 2],
      probabilities: [
        [0, 0.006, 0.002, 0.992],
        [0, 0, 1, 0],
      ],
    },
  ],
};

export const explanationRequest = { job: exampleJob, sequences: [[0, 0, 1]], lags: 2 };

export const explanation = {
  job: exampleJob,
  checkpoint: { step: 3000, sha256: exampleHash },
  drawnFrom: 'task',
  replacements: 2,
  exhaustive: true,
  explanations: [
    {
      sequence: 0,
      step: 2,
      class: 1,
      probability: 1,
      inputs: [
        { step: 2, lag: 0, nats: 0.34, standardError: 0 },
        { step: 1, lag: 1, nats: 0.31, standardError: 0 },
        { step: 0, lag: 2, nats: 0, standardError: 0 },
      ],
    },
  ],
};

/** A whole file in safetensors: one layer of one unit, two classes, and all weights 0. Its header is long enough to be text. */
const tensors = {
  'lstm_1/kernel': [1, 4],
  'lstm_1/recurrent_kernel': [1, 4],
  'lstm_1/bias': [4],
  'softmax/kernel': [1, 2],
  'softmax/bias': [2],
};
const headerBytes = 0x0170;
export const exampleModelFile = safetensorsOf(tensors);

function safetensorsOf(shapes: Record<string, number[]>): string {
  let end = 0;
  const entries = Object.entries(shapes).map(([name, shape]) => {
    const begin = end;
    end += 4 * shape.reduce((product, dim) => product * dim, 1);
    return [name, { dtype: 'F32', shape, data_offsets: [begin, end] }];
  });
  const header = JSON.stringify(Object.fromEntries(entries)).padEnd(headerBytes);
  const length = String.fromCharCode(headerBytes & 0xff, headerBytes >> 8).padEnd(8, '\0');
  return `${length}${header}${'\0'.repeat(end)}`;
}
