/**
 * Whether the process lives, and whether it can do its work.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../responses.ts';

const Health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
const tags = ['service'];
const ok = { status: 'ok' } as const;

export const healthRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { store }) => {
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
      summary: 'Can it do its work? Asks Redis.',
      tags,
      response: { 200: json(Health, 'It can.'), ...problemResponses(503) },
    },
    handler: async () => {
      await store.ping();
      return ok;
    },
  });
};
