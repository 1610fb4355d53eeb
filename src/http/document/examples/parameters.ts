/**
 * Examples of parameters, by name. Those of a path are filled in by /docs; those of a query or a header are only shown,
 * since a filter that was filled in would hide what somebody looks for.
 */
import { mapping } from './datasets.ts';
import { exampleAlias, exampleDataset, exampleIdIn, submittedAt } from './ids.ts';

const byName: Readonly<Record<string, unknown>> = {
  step: 'latest',
  model: exampleAlias,
  version: '3000',
  limit: 20,
  status: 'succeeded',
  name: 'binary digits',
  createdBefore: submittedAt,
  checkpoint: 'true',
  after: 2,
  'last-event-id': 2,
  range: 'bytes=0-1023',
  'if-range': '"5d41402abc4b2a76b9719d911017c592ae1e6a3dd3f1f2a1a5ed5b6ff4dd2b2c"',
  'if-none-match': '"5d41402abc4b2a76b9719d911017c592ae1e6a3dd3f1f2a1a5ed5b6ff4dd2b2c"',
  'if-match': '*',
  'idempotency-key': '0d4b7f0e-6b8a-4c39-9f0e-3f6f2f9a1c55',
  format: 'csv',
  mapping,
  sequences: 5,
  depth: 'quick',
  labels: '["rest","walk"]',
  inputs: '{"kind":"numbers","features":[{"mean":70,"scale":12}]}',
  at: 'every-step',
};

/** Where a name means something else. */
const byOperation: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  // Lengths and state go with onnx alone.
  downloadCheckpoint: { format: 'tfjs', inputs: 'raw', lengths: false, state: false },
  uploadDataset: { name: 'patients' },
  importModel: { name: 'tagger' },
  listDatasets: { cursor: exampleDataset },
  listCheckpoints: { cursor: 1000 },
  listAliases: { cursor: exampleAlias },
};
/** `nextCursor` of the lists of jobs. */
const jobCursor = 42;

/** undefined: there is none yet, which a test does not let pass. */
export function parameterExample(operationId: string, path: string, name: string): unknown {
  if (name === 'name' && path.startsWith('/v1/aliases/')) return exampleAlias;
  if (name === 'id') return exampleIdIn(path);
  const known = byOperation[operationId]?.[name] ?? byName[name];
  return known ?? (name === 'cursor' ? jobCursor : undefined);
}
