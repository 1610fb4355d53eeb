/**
 * Metrics for Prometheus: the process, requests by route, open event streams, jobs by status. To be called before the
 * routes that it is to time are registered.
 */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { z } from 'zod';
import type { JobStore } from '../jobs/store.ts';
import type { WorkerRegistry } from '../jobs/workers/registry.ts';
import { UnavailableError } from '../platform/errors.ts';
import type { AppDeps } from './deps.ts';
import { problemResponses } from './document/responses.ts';
import { RequestDurations } from './request-durations.ts';
import type { EventStreams } from './stream.ts';

export function registerMetrics(
  app: FastifyInstance,
  { store, workers, dataFolder }: Pick<AppDeps, 'store' | 'workers' | 'dataFolder'>,
  streams: EventStreams,
): RequestDurations {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  countJobs(registry, store);
  countWorkers(registry, workers);
  watchDataFolder(registry, dataFolder);
  countStreams(registry, streams);
  const durations = timeRequests(app, registry);

  app.withTypeProvider<ZodTypeProvider>().get('/metrics', {
    logLevel: 'warn',
    schema: {
      operationId: 'metrics',
      summary: 'Metrics for Prometheus',
      tags: ['service'],
      response: {
        200: { description: 'Prometheus text format.', content: { 'text/plain': { schema: z.string() } } },
        ...problemResponses(),
      },
    },
    handler: async (_request, reply) => {
      reply.header('content-type', registry.contentType);
      return registry.metrics();
    },
  });
  return durations;
}

function timeRequests(app: FastifyInstance, registry: Registry): RequestDurations {
  const durations = new RequestDurations(registry);
  app.addHook('onResponse', (request, reply, done) => {
    if (reply.raw.getHeader('content-type') !== 'text/event-stream') {
      const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode };
      durations.observe(labels, reply.elapsedTime / 1000);
    }
    done();
  });
  return durations;
}

function countStreams(registry: Registry, streams: EventStreams): void {
  new Gauge({
    name: 'lookback_event_streams',
    help: 'Open event streams.',
    registers: [registry],
    collect() {
      this.set(streams.size);
    },
  });
}

function countJobs(registry: Registry, store: JobStore): void {
  new Gauge({
    name: 'lookback_jobs',
    help: 'Jobs by status; absent while Redis is away.',
    labelNames: ['status'],
    registers: [registry],
    async collect() {
      this.reset();
      const counts = await unlessAway(store.countByStatus());
      for (const [status, count] of Object.entries(counts ?? {})) this.set({ status }, count);
    },
  });
}

function countWorkers(registry: Registry, workers: WorkerRegistry): void {
  new Gauge({
    name: 'lookback_workers',
    help: 'Workers that are there, by whether they run a job; absent while Redis is away.',
    labelNames: ['state'],
    registers: [registry],
    async collect() {
      this.reset();
      const there = await unlessAway(workers.list());
      if (!there) return;
      const busy = there.filter(({ job }) => job !== null).length;
      this.set({ state: 'busy' }, busy);
      this.set({ state: 'idle' }, there.length - busy);
    },
  });
}

function watchDataFolder(registry: Registry, dataFolder: AppDeps['dataFolder']): void {
  new Gauge({
    name: 'lookback_data_folder_writable',
    help: '1: a file can be written to the data folder; 0: it is full, read-only, or does not answer.',
    registers: [registry],
    async collect() {
      this.set((await dataFolder.problem()) === null ? 1 : 0);
    },
  });
}

/** null: Redis is away. */
async function unlessAway<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof UnavailableError) return null;
    throw error;
  }
}
