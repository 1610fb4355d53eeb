/**
 * Metrics for Prometheus: the process, requests by route, open event streams, jobs by status. To be called before the routes that it is to time are registered.
 */
import type { FastifyInstance } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { z } from 'zod';
import { UnavailableError } from '../errors.ts';
import type { JobStore } from '../jobs/store.ts';
import { problemResponses } from './responses.ts';
import type { EventStreams } from './stream.ts';

export function registerMetrics(app: FastifyInstance, store: JobStore, streams: EventStreams): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  countJobs(registry, store);
  countStreams(registry, streams);
  timeRequests(app, registry);

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
}

function timeRequests(app: FastifyInstance, registry: Registry): void {
  const durations = new Histogram({
    name: 'lookback_http_request_duration_seconds',
    help: 'Time until an answer was sent, by route; event streams are left out.',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    if (reply.raw.getHeader('content-type') === 'text/event-stream') return;
    const labels = { method: request.method, route: request.routeOptions.url ?? 'none', status: reply.statusCode };
    durations.observe(labels, reply.elapsedTime / 1000);
  });
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
      try {
        for (const [status, count] of Object.entries(await store.countByStatus())) this.set({ status }, count);
      } catch (error) {
        if (!(error instanceof UnavailableError)) throw error;
      }
    },
  });
}
