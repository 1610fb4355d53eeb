/**
 * Examples of requests and answers in the OpenAPI document, by operation: what /docs fills in when somebody tries a
 * route. A test sends every request to a real service.
 */

/** What a caller sends, by media type, and what comes back. */
interface OperationExample {
  body?: Readonly<Record<string, unknown>>;
  /** The answer to a request that succeeds. */
  answer?: unknown;
}

const jobId = 'job_01m83h5vy4j01d5gf5abaznqt3';
const submitted = { preset: 'lookback', name: 'binary digits' };
const weightsHash = 'a70ba1abf37819ffb965806dc0a2faf50fce5751403eb1da499c0c7314915560';

const ndjson =
  '{"x": [0, 1, 1, 0], "y": ["rest", "rest", "walk", "rest"]}\n{"x": [1, 1, 0, 1], "y": [null, "walk", "rest", "rest"]}\n';
const csv = 'patient,minute,heart_rate,state\na,0,61,rest\na,1,95,walk\nb,0,58,rest\nb,1,60,rest\n';
const mapping = { sequence: 'patient', step: 'minute', features: ['heart_rate'], label: 'state' };

/** By `operationId`. */
export const examples: Readonly<Record<string, OperationExample>> = {
  submitJob: { body: { 'application/json': submitted } },
  validateJob: { body: { 'application/json': { preset: 'broken' } } },
  retryJob: { body: { 'application/json': { from: 'beginning' } } },
  predict: {
    body: {
      'application/json': {
        job: jobId,
        checkpoint: 'latest',
        sequences: [
          [0, 0, 1],
          [1, 0],
        ],
      },
    },
    answer: {
      job: jobId,
      checkpoint: { step: 3000, sha256: weightsHash },
      predictions: [
        {
          classes: [0, 0, 1],
          probabilities: [
            [0.94, 0.02, 0.03, 0.01],
            [0.98, 0.01, 0.01, 0],
            [0, 0.99, 0, 0.01],
          ],
        },
        {
          classes: [1, 2],
          probabilities: [
            [0.02, 0.95, 0.01, 0.02],
            [0.01, 0, 0.99, 0],
          ],
        },
      ],
    },
  },
  uploadDataset: {
    body: {
      'application/x-ndjson': ndjson,
      'multipart/form-data': { format: 'csv', name: 'patients', mapping: JSON.stringify(mapping), file: csv },
    },
  },
  live: { answer: { status: 'ok' } },
  followEvents: {
    answer: {
      data: [
        {
          id: 1,
          at: '2026-11-23T06:23:31.268Z',
          type: 'status',
          data: { status: 'queued', attempt: 0, reason: 'submitted' },
        },
        {
          id: 2,
          at: '2026-11-23T06:23:32.275Z',
          type: 'progress',
          data: { step: 1, steps: 3000, loss: 2.2175, accuracy: 0.2507, stepsPerSecond: 362 },
        },
      ],
      nextCursor: '2',
    },
  },
  previewDataset: {
    answer: { data: [{ length: 4, x: [0, 1, 1, 0], y: ['rest', 'rest', 'walk', 'rest'] }], nextCursor: null },
  },
};

interface Operation {
  operationId?: string;
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses?: Record<string, { content?: Record<string, { example?: unknown }> }>;
}

/** Writes the examples into the operations of a document. */
export function addExamples(paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>): void {
  for (const operation of Object.values(paths).flatMap((path) => Object.values(path)) as Operation[]) {
    const { body = {}, answer } = examples[operation.operationId ?? ''] ?? {};
    for (const [type, example] of Object.entries(body)) {
      const media = operation.requestBody?.content[type];
      if (media) media.example = example;
    }
    const answered = operation.responses?.[200]?.content?.['application/json'];
    if (answered && answer !== undefined) answered.example = answer;
  }
}
