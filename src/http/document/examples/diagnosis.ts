/**
 * The examples of what the doctor and the report say: of the program of the question that cannot learn, and of the one
 * that looks back.
 */

import { estimate } from '../../../spec/described-model.ts';
import { diskBytes } from '../../../spec/disk-use.ts';
import { resolveJobSpec } from '../../../spec/job-spec.ts';
import { exampleDataset, exampleHash, exampleJob } from './ids.ts';

const halfKnown = { nats: 0.6932, bestAccuracy: 0.4979 };

/** Of the preset `broken`. */
const worried = {
  order: 0,
  depthExamined: 2,
  sampled: true,
  steps: 99_999,
  entropies: [
    { depth: 0, nats: 1.3863, bestAccuracy: 0.248 },
    { depth: 1, ...halfKnown },
    { depth: 2, ...halfKnown },
  ],
  findings: [
    {
      code: 'axes-swapped',
      severity: 'error',
      message:
        'Time runs along the batch axis: labels depend on 1 value beside them in the batch (0.6932 nats), and past steps tell 0.0000 nats. A model cannot look across the batch, so it cannot learn this. The patch lays the stream out row by row.',
      evidence: { order: 1, natsFromBatchNeighbours: 0.6932, natsFromPast: 0, natsReachable: 0 },
      patch: [
        { op: 'replace', path: '/data/layout', value: 'batch-major' },
        { op: 'replace', path: '/data/sequenceLength', value: 50 },
        { op: 'replace', path: '/data/batchSize', value: 2 },
        { op: 'replace', path: '/data/rows', value: 'independent' },
      ],
    },
  ],
};

export const tried = { preset: 'broken' };
const spec = resolveJobSpec(tried);

export const validation = {
  spec,
  model: { parameters: 384 },
  estimate: { ...estimate(spec), diskBytes: diskBytes(spec), seconds: 0.043 },
  engine: { name: 'simd', reason: 'estimated 0.014 ms a step, tensorflow 0.41 ms' },
  doctor: worried,
};

/** Of the few sequences of the example's upload. */
export const examination = {
  order: 0,
  depthExamined: 1,
  sampled: false,
  steps: 7,
  entropies: [
    { depth: 0, nats: 0.6697, bestAccuracy: 0.1429 },
    { depth: 1, nats: 0.6697, bestAccuracy: 0.1429 },
  ],
  findings: [],
};

/** Of the preset `lookback`; the first positions of 49. */
export const report = {
  verdict:
    'The model uses 1 past value and all (100 %) of the information there is (held-out loss 0.0002, reachable 0.0000).',
  statements: [
    {
      codes: ['uses-past', 'information-there-is'],
      text: 'The model uses 1 past value and all (100 %) of the information there is (held-out loss 0.0002, reachable 0.0000).',
    },
  ],
  checkpoint: { step: 3000, sha256: exampleHash },
  order: 1,
  informationUsed: 0.9999,
  reachable: { nats: 0, source: 'proven' },
  floor: 0,
  memory: [
    { past: 0, loss: 4.1, standardError: 0.2 },
    { past: 1, loss: 0.0002, standardError: 0 },
  ],
  usesPast: { values: 1, low: 1, high: 1, atLeast: false, gain: 1.3861 },
  heldOut: {
    steps: 19_600,
    loss: 0.0002,
    standardError: 0,
    accuracy: 1,
    part: 'test',
    sequences: 400,
    sequencesInPart: 406,
  },
  perClass: [
    { class: 0, steps: 4928, loss: 0.0002, accuracy: 1 },
    { class: 1, steps: 4900, loss: 0.0002, accuracy: 1 },
    { class: 2, steps: 4896, loss: 0.0002, accuracy: 1 },
    { class: 3, steps: 4876, loss: 0.0002, accuracy: 1 },
  ],
  perPosition: [
    { position: 1, steps: 400, loss: 0.0003, accuracy: 1 },
    { position: 2, steps: 400, loss: 0.0002, accuracy: 1 },
  ],
  confusion: [
    [4928, 0, 0, 0],
    [0, 4900, 0, 0],
    [0, 0, 4896, 0],
    [0, 0, 0, 4876],
  ],
  calibrationError: 0.0002,
  calibration: [{ confidence: 0.9998, accuracy: 1, steps: 19_600 }],
  baselines: [
    { depth: 0, nats: 1.3863, bestAccuracy: 0.2483 },
    { depth: 1, nats: 0.6932, bestAccuracy: 0.4981 },
    { depth: 2, nats: 0, bestAccuracy: 1 },
  ],
  influence: [
    { lag: 0, nats: 0.346 },
    { lag: 1, nats: 0.346 },
    { lag: 2, nats: 0 },
  ],
  effectiveMemory: 1,
  findings: [],
};

/** Of a model that has learned the example's upload, on that upload. */
export const evaluation = { dataset: exampleDataset, checkpoint: 'latest' };

export const evaluated = {
  job: exampleJob,
  checkpoint: { step: 3000, sha256: exampleHash },
  dataset: exampleDataset,
  heldOut: {
    loss: 0.0121,
    standardError: 0.0031,
    accuracy: 1,
    accuracyStandardError: 0,
    steps: 7,
    sequences: 2,
    sequencesInPart: 2,
  },
  labels: ['rest', 'walk'],
  perClass: [
    { class: 0, label: 'rest', steps: 5, loss: 0.0093, accuracy: 1 },
    { class: 1, label: 'walk', steps: 2, loss: 0.0191, accuracy: 1 },
  ],
  perPosition: [
    { position: 0, steps: 1, loss: 0.0181, accuracy: 1 },
    { position: 1, steps: 2, loss: 0.0102, accuracy: 1 },
    { position: 2, steps: 2, loss: 0.0132, accuracy: 1 },
    { position: 3, steps: 2, loss: 0.0099, accuracy: 1 },
  ],
  confusion: [
    [5, 0],
    [0, 2],
  ],
  calibrationError: 0.012,
  memory: [
    { past: 0, loss: 0.6321, standardError: 0.1402 },
    { past: 1, loss: 0.0153, standardError: 0.0034 },
    { past: 2, loss: 0.0121, standardError: 0.0031 },
  ],
  usesPast: { values: 1, low: 1, high: 1, atLeast: false, gain: 0.5862 },
  influence: [
    { lag: 0, nats: 0.211 },
    { lag: 1, nats: 0.342 },
    { lag: 2, nats: 0.001 },
  ],
};
