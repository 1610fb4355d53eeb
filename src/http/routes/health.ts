/**
 * Whether the process lives, whether it can do its work, and which workers are there.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { WorkerInfo } from '../../jobs/workers/worker-info.ts';
import { UnavailableError } from '../../platform/errors.ts';
import { type RedisTrouble, redisTroubleCodes } from '../../platform/redis/condition.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { page } from '../schemas.ts';

const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

const Readiness = z
  .object({
    status: z.literal('ok'),
    queued: z.int().describe('Jobs that wait for a worker.'),
    demand: z.int().describe('Jobs that need a worker now, waiting or being run: what workers are scaled by.'),
    workers: z.object({
      count: z.int(),
      busy: z.int(),
      engines: z.array(z.string()).describe('Engines that at least one worker offers.'),
    }),
    warnings: z
      .array(z.object({ code: z.enum(['no_worker', ...redisTroubleCodes]), message: z.string() }))
      .describe('What keeps jobs from being run, or may lose them, though this process can do its work.'),
  })
  .meta({ id: 'Readiness' });
export type Readiness = z.output<typeof Readiness>;

const tags = ['service'];
const ok = { status: 'ok' } as const;
const noWorker = {
  code: 'no_worker',
  message: 'No worker is there: jobs are accepted and wait. "npm run worker" starts one.',
} as const;

/**
 * What is amiss with Redis.
 * @returns with a `reason` when this process cannot do its work.
 */
export async function whyNotReady({
  redisTroubles,
  dataFolder,
}: AppDeps): Promise<{ reason: string | undefined; troubles: RedisTrouble[] }> {
  const [troubles, problem] = await Promise.all([redisTroubles(), dataFolder.problem()]);
  return { reason: troubles.find(({ isFatal }) => isFatal)?.message ?? problem ?? undefined, troubles };
}

export const healthRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, deps) => {
  const { store, workers } = deps;
  app.get('/health/live', {
    logLevel: 'warn',
    schema: {
      operationId: 'live',
      summary: 'Does the process answer?',
      tags,
      response: { 200: json(Health, 'It does.'), ...problemResponses() },
    },
    handler: async () => ok,
  });

  app.get('/health/ready', {
    logLevel: 'warn',
    schema: {
      operationId: 'ready',
      summary: 'Can it do its work? Asks Redis, and writes to the data folder',
      tags,
      response: { 200: json(Readiness, 'It can; `warnings` says what else is amiss.'), ...problemResponses(503) },
    },
    handler: async () => {
      const { reason, troubles } = await whyNotReady(deps);
      if (reason) throw new UnavailableError(reason);
      const [{ queued, running, pausing, cancelling }, there] = await Promise.all([
        store.countByStatus(),
        workers.list(),
      ]);
      const engines = [...new Set(there.flatMap((worker) => worker.engines))];
      const busy = there.filter(({ job }) => job !== null).length;
      const warnings = [
        ...(there.length === 0 ? [noWorker] : []),
        ...troubles.map(({ code, message }) => ({ code, message })),
      ];
      const demand = queued + running + pausing + cancelling;
      return { ...ok, queued, demand, workers: { count: there.length, busy, engines }, warnings };
    },
  });

  app.get('/v1/workers', {
    schema: {
      operationId: 'listWorkers',
      summary: 'The workers that are there, and what they run',
      tags,
      response: { 200: json(page(WorkerInfo), 'All of them, the longest-serving first.'), ...problemResponses(503) },
    },
    handler: async () => ({ data: await workers.list(), nextCursor: null }),
  });
};
