/**
 * Jobs: submit, try out, list, look at, steer, remove.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DoctorReport } from '../../diagnosis/doctor/doctor-schema.ts';
import { engineNames } from '../../engine/registry.ts';
import type { Verb } from '../../jobs/decisions.ts';
import { type Job as JobRecord, statuses } from '../../jobs/record.ts';
import { type CompleteSpec, DatasetUse } from '../../jobs/use-cases/dataset-use.ts';
import { waitingFor } from '../../jobs/waiting.ts';
import { parameterCount } from '../../model/parameters.ts';
import { UnavailableError } from '../../platform/errors.ts';
import { estimate, modelOf } from '../../spec/described-model.ts';
import { diskBytes } from '../../spec/disk-use.ts';
import { JobSpec, JobSpecBody } from '../../spec/job-spec.ts';
import { takesLarge } from '../body/large-bodies.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { Job, JobParams, page, pageLimit, queryInteger, showJob } from '../schemas.ts';

const SubmitHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('A request repeated with the same key within a day finds the job that the first one made.'),
});

const ListQuery = z.strictObject({
  limit: queryInteger(pageLimit.default(20)),
  cursor: queryInteger(z.int().min(0).optional()).describe('`nextCursor` of the page before.'),
  status: z.enum(statuses).optional(),
});

const CancelQuery = z.strictObject({
  checkpoint: z
    .enum(['true', 'false'])
    .default('true')
    .describe('Whether a running job still writes a checkpoint of the work it has done.'),
});

/** Fastify hands over null where there is no body. */
const RetryBody = z.strictObject({ from: z.enum(['checkpoint', 'beginning']).default('checkpoint') }).nullish();

const Validation = z
  .object({
    spec: JobSpec,
    model: z.object({ parameters: z.int() }),
    estimate: z.object({
      flops: z.number().describe('Floating-point operations of the whole job.'),
      bytes: z.number().describe('Working memory.'),
      diskBytes: z.number().describe('What the job takes on disk at its most: its checkpoints and its report.'),
      seconds: z.number().describe('On a machine like the one that the engines were measured on.'),
    }),
    engine: z.object({ name: z.enum(engineNames), reason: z.string() }),
    doctor: DoctorReport.nullable().describe('What the data alone say; null: the spec asks for no diagnosis.'),
  })
  .meta({ id: 'Validation', description: 'A job as it would run.' });
type Validation = z.output<typeof Validation>;

const tags = ['jobs'];
const inBody = problemResponses(400, 413, 415, 503);
const onJob = problemResponses(400, 404, 409, 413, 415, 503);

export const jobRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, deps) => {
  const { jobs } = deps;
  const use = new DatasetUse(deps);
  const show = async (job: JobRecord) => (await showAll([job]))[0];
  /** Asks once for the workers, and only where a job waits. A job that was changed is shown also if Redis goes away in this moment. */
  const showAll = async (found: JobRecord[]) => {
    const now = new Date();
    const known = found.some(({ status }) => status === 'queued') ? await deps.workers.list().catch(unknown) : null;
    return found.map((job) => showJob(job, waitingFor(job, known, now)));
  };

  app.post('/v1/jobs', {
    ...takesLarge('job spec'),
    schema: {
      operationId: 'submitJob',
      summary: 'Submit a job',
      tags,
      headers: SubmitHeaders,
      body: JobSpecBody,
      response: {
        200: json(Job, 'The job that an earlier request with this Idempotency-Key made.'),
        201: json(Job, 'The job; its path is in `Location`.'),
        ...inBody,
        ...problemResponses(409, 422, 429, 507),
      },
    },
    handler: async (request, reply) => {
      const complete = await use.complete(request.body);
      // An engine that nobody offers is refused here, before anything is queued.
      if (complete.spec.engine !== 'auto') await deps.chooseOfferedEngine(complete.spec, complete.facts);
      await deps.checkpointQuota?.reserve(diskBytes(complete.spec, complete.facts));
      const { job, repeated } = await use.submit(complete, request.headers['idempotency-key']);
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
    handler: async ({ body }) => validation(await use.complete(body), deps),
  });

  app.get('/v1/jobs', {
    schema: {
      operationId: 'listJobs',
      summary: 'List jobs, newest first',
      tags,
      querystring: ListQuery,
      response: { 200: json(page(Job), 'A page of jobs.'), ...problemResponses(400, 503) },
    },
    handler: async ({ query }) => {
      const { jobs: found, nextCursor } = await jobs.list(query);
      return { data: await showAll(found), nextCursor };
    },
  });

  app.get('/v1/jobs/:id', {
    schema: {
      operationId: 'getJob',
      summary: 'Look at a job',
      tags,
      params: JobParams,
      response: { 200: json(Job, 'The job.'), ...problemResponses(400, 404, 503) },
    },
    handler: async ({ params }) => show(await jobs.get(params.id)),
  });

  app.delete('/v1/jobs/:id', {
    schema: {
      operationId: 'deleteJob',
      summary: 'Remove a job with its events and checkpoints; it is cancelled first',
      tags,
      params: JobParams,
      response: { 204: z.undefined().describe('It is gone.'), ...onJob, ...problemResponses(507) },
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
    response: { 200: json(Job, 'The job in its new state.'), ...onJob },
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
    handler: async ({ params, body }) => show(await use.retry(params.id, body?.from ?? 'checkpoint')),
  });
};

function unknown(error: unknown): null {
  if (error instanceof UnavailableError) return null;
  throw error;
}

async function validation(
  { spec, facts }: CompleteSpec,
  { chooseOfferedEngine, examine }: AppDeps,
): Promise<Validation> {
  const { name, reason, secondsPerStep } = await chooseOfferedEngine(spec, facts);
  const seconds = secondsPerStep * spec.training.steps;
  return {
    spec,
    model: { parameters: parameterCount(modelOf(spec, facts)) },
    estimate: { ...estimate(spec, facts), diskBytes: diskBytes(spec, facts), seconds },
    engine: { name, reason },
    doctor: spec.diagnose ? await examine(spec) : null,
  };
}
