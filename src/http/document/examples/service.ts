/**
 * The examples of what the service says of itself, and of what a job can start from.
 */
import { taskCatalogue } from '../../../data/tasks/catalogue.ts';
import { presets } from '../../../spec/presets.ts';
import { exampleJob, submittedAt } from './ids.ts';
import { spec } from './jobs.ts';

export const presetPage = {
  data: [{ name: 'lookback', description: presets.lookback.description, spec: { ...spec, name: 'lookback' } }],
  nextCursor: null,
};

export const taskPage = { data: taskCatalogue().slice(0, 1), nextCursor: null };

const engines = ['simd', 'tensorflow'];

export const workerPage = {
  data: [
    {
      id: 'c76282c8-b048-44f6-bd48-140a4cf978ec',
      engines,
      loading: [],
      unavailable: [],
      cores: 2,
      job: exampleJob,
      startedAt: submittedAt,
    },
  ],
  nextCursor: null,
};

export const readiness = { status: 'ok', queued: 0, demand: 1, workers: { count: 1, busy: 1, engines }, warnings: [] };

export const metrics = `# HELP process_open_fds Number of open file descriptors.
# TYPE process_open_fds gauge
process_open_fds 42
`;

export const document = {
  openapi: '3.1.0',
  info: { title: 'Lookback', version: '1' },
  paths: { '/health/live': { get: { operationId: 'live', summary: 'Does the process answer?' } } },
};
