/**
 * Jobs: submit, try out, list, look at, steer, remove.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Verb } from '../../jobs/decisions/verbs.ts';
import { type Job, JobView } from '../../jobs/record.ts';
import { showJob, showJobs } from '../../jobs/use-cases/show.ts';
import { retryJob } from '../../jobs/use-cases/steer.ts';
import { submitJob } from '../../jobs/use-cases/submit.ts';
import { Validation, validateJob } from '../../jobs/use-cases/validate.ts';
import { JobSpecBody } from '../../spec/job-spec.ts';
import { takesLarge } from '../body/large-bodies.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { jobFilter } from '../job-filter.ts';
import { gone, IdempotencyHeaders, JobParams, listQuery, page, placeCursor } from '../schemas.ts';

const ListQuery = listQuery(placeCursor, 20).extend(jobFilter);

const CancelQuery = z.strictObject({
  checkpoint: z
    .enum(['true', 'false'])
    .default('true')
    .describe('Whether a running job still writes a checkpoint of the work it has done.'),
});

/** Fastify hands over null where there is no body. */
const RetryBody = z.strictObject({ from: z.enum(['checkpoint', 'beginning']).default('checkpoint') }).nullish();

const tags = ['jobs'];
const inBody = problemResponses(400, 413, 415, 503);
const onJob = problemResponses(400, 404, 409, 413, 415, 503);

export const jobRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, deps) => {
  const { jobs } = deps;
  const show = (job: Job) => showJob(deps, job);

  app.post('/v1/jobs', {
    ...takesLarge('job spec'),
    schema: {
      operationId: 'submitJob',
      summary: 'Submit a job',
      tags,
      headers: IdempotencyHeaders,
      body: JobSpecBody,
      response: {
        200: json(JobView, 'The job that an earlier request with this Idempotency-Key made.'),
        201: json(JobView, 'The job; its path is in `Location`.'),
        ...inBody,
        ...problemResponses(409, 422, 429, 507),
      },
    },
    handler: async (request, reply) => {
      const { job, repeated } = await submitJob(deps, request.body, request.headers['idempotency-key']);
      return reply
        .code(repeated ? 200 : 201)
        .header('location', `/v1/jobs/${job.id}`)
        .send(await show(job));
    },
  });

  app.post('/v1/jobs/validate', {
    ...takesLarge('job spec'),
    schema: {
      operationId: 'validateJob',
      summary: 'Try a job out: how it would run and what it would cost; trains nothing',
      tags,
      body: JobSpecBody,
      response: {
        200: json(Validation, 'The spec is valid, even if the doctor is worried.'),
        ...inBody,
        ...problemResponses(422),
      },
    },
    handler: ({ body }) => validateJob(deps, body),
  });

  app.get('/v1/jobs', {
    schema: {
      operationId: 'listJobs',
      summary: 'List jobs, newest first',
      description:
        'By `name` or `createdBefore` a page looks at up to 1,000 jobs: it may have fewer than `limit`, or none, before the last.',
      tags,
      querystring: ListQuery,
      response: { 200: json(page(JobView), 'A page of jobs.'), ...problemResponses(400, 503) },
    },
    handler: async ({ query }) => {
      const { jobs: found, nextCursor } = await jobs.list(query);
      return { data: await showJobs(deps, found), nextCursor };
    },
  });

  app.get('/v1/jobs/:id', {
    schema: {
      operationId: 'getJob',
      summary: 'Look at a job',
      tags,
      params: JobParams,
      response: { 200: json(JobView, 'The job.'), ...problemResponses(400, 404, 503) },
    },
    handler: async ({ params }) => show(await jobs.get(params.id)),
  });

  app.delete('/v1/jobs/:id', {
    schema: {
      operationId: 'deleteJob',
      summary: 'Remove a job with its events and checkpoints; it is cancelled first',
      tags,
      params: JobParams,
      response: { ...gone, ...onJob, ...problemResponses(507) },
    },
    handler: async ({ params }, reply) => {
      await jobs.remove(params.id);
      return reply.code(204).send(undefined);
    },
  });

  const verb = (name: Verb, summary: string) => ({
    operationId: `${name}Job`,
    summary,
    tags,
    params: JobParams,
    response: { 200: json(JobView, 'The job in its new state.'), ...onJob },
  });

  app.post('/v1/jobs/:id/cancel', {
    schema: { ...verb('cancel', 'Cancel a job; what it has learned is kept'), querystring: CancelQuery },
    handler: async ({ params, query }) =>
      show(await jobs.ask('cancel', params.id, { keepWork: query.checkpoint === 'true' })),
  });

  app.post('/v1/jobs/:id/pause', {
    schema: verb('pause', 'Pause a job: it writes a checkpoint and frees its worker'),
    handler: async ({ params }) => show(await jobs.ask('pause', params.id)),
  });

  app.post('/v1/jobs/:id/resume', {
    schema: verb('resume', 'Resume a paused job exactly where it stopped'),
    handler: async ({ params }) => show(await jobs.ask('resume', params.id)),
  });

  app.post('/v1/jobs/:id/retry', {
    schema: { ...verb('retry', 'Run a failed or cancelled job again'), body: RetryBody },
    handler: async ({ params, body }) => show(await retryJob(deps, params.id, body?.from ?? 'checkpoint')),
  });
};
