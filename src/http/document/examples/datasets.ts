/**
 * The examples of an upload, and of what is said of a dataset.
 */
import { exampleDataset, submittedAt } from './ids.ts';

const ndjson =
  '{"x": [0, 1, 1, 0], "y": ["rest", "rest", "walk", "rest"]}\n{"x": [1, 1, 0, 1], "y": [null, "walk", "rest", "rest"]}\n';
const csv = 'patient,minute,heart_rate,state\na,0,61,rest\na,1,95,walk\nb,0,58,rest\nb,1,60,rest\n';
/** Of the CSV. */
export const mapping = JSON.stringify({
  sequence: 'patient',
  step: 'minute',
  features: ['heart_rate'],
  label: 'state',
});

export const uploads = {
  'application/x-ndjson': ndjson,
  'application/ndjson': ndjson,
  'application/jsonl': ndjson,
  'text/csv': csv,
  'application/csv': csv,
  'application/octet-stream': ndjson,
  'text/plain': ndjson,
  'multipart/form-data': { format: 'csv', name: 'patients', mapping, file: csv },
};

export const sheet = {
  id: exampleDataset,
  name: 'steps',
  format: 'ndjson',
  createdAt: submittedAt,
  bytes: 76,
  sequences: 2,
  steps: 8,
  labelled: 7,
  lengths: { shortest: 4, longest: 4, mean: 4, histogram: [{ from: 4, to: 4, sequences: 2 }] },
  inputs: {
    kind: 'numbers',
    features: [{ name: null, min: 0, max: 1, mean: 0.625, std: 0.4841, missing: 0 }],
  },
  labels: { names: ['rest', 'walk'], counts: [5, 2], balance: 0.8631, at: 'every-step' },
};

export const preview = {
  data: [{ length: 4, x: [0, 1, 1, 0], y: ['rest', 'rest', 'walk', 'rest'] }],
  nextCursor: null,
};
