/**
 * Cancels and removes jobs by filter.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { BulkJobs, type BulkPage } from '../../jobs/use-cases/bulk.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { hasFilter, jobFilter } from '../job-filter.ts';
import { page, queryInteger } from '../schemas.ts';

const filter = {
  ...jobFilter,
  cursor: queryInteger(z.int().min(0).optional()).describe('`nextCursor` of the call before.'),
};

const filterMissing = { error: 'needs a filter: at least one of status, name and createdBefore', path: [] };

const RemoveQuery = z.strictObject(filter).refine(hasFilter, filterMissing);
const CancelQuery = z
  .strictObject({
    ...filter,
    checkpoint: z
      .enum(['true', 'false'])
      .default('true')
      .describe('Whether running jobs still write a checkpoint of the work they have done.'),
  })
  .refine(hasFilter, filterMissing);

const Changed = z
  .object({
    id: z.string(),
    outcome: z
      .enum(['cancelled', 'cancelling', 'removed'])
      .describe('cancelling: its run has been told to stop; a later call removes it.'),
  })
  .meta({ id: 'ChangedJob' });
export type ChangedJob = z.output<typeof Changed>;

const tags = ['jobs'];
const bounded = 'Looks at up to 1,000 jobs, newest first, and changes up to 100 of them; `nextCursor` leads on.';

export const bulkJobRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, deps) => {
  const bulk = new BulkJobs(deps);
  const show = ({ changed, nextCursor }: BulkPage) => ({ data: changed, nextCursor });

  app.post('/v1/jobs/cancel', {
    schema: {
      operationId: 'cancelJobs',
      summary: 'Cancel the jobs that fit a filter',
      description: bounded,
      tags,
      querystring: CancelQuery,
      response: { 200: json(page(Changed), 'Those that were changed.'), ...problemResponses(400, 413, 415, 503) },
    },
    handler: async ({ query: { cursor, checkpoint, ...wanted } }) =>
      show(await bulk.cancel(wanted, cursor, { keepWork: checkpoint === 'true' })),
  });

  app.delete('/v1/jobs', {
    schema: {
      operationId: 'deleteJobs',
      summary: 'Remove the jobs that fit a filter, with their events and checkpoints',
      description: `${bounded} Those that run are cancelled, and removed by a later call.`,
      tags,
      querystring: RemoveQuery,
      response: { 200: json(page(Changed), 'Those that were changed.'), ...problemResponses(400, 413, 415, 503) },
    },
    handler: async ({ query: { cursor, ...wanted } }) => show(await bulk.remove(wanted, cursor)),
  });
};
