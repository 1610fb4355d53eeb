/**
 * What a finished job's model has learned, and how far it looks back. The report comes from the disk and stays there while Redis is away.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { Report } from '../../diagnosis/report/report-schema.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { findOfJob } from '../missing.ts';
import { JobParams } from '../schemas.ts';

export const reportRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { jobs, reports }) => {
  app.get('/v1/jobs/:id/report', {
    schema: {
      operationId: 'getReport',
      summary: 'The report on the model of a job that succeeded',
      tags: ['diagnosis'],
      params: JobParams,
      response: { 200: json(Report, 'The report.'), ...problemResponses(400, 404, 409, 503) },
    },
    handler: ({ params }) => findOfJob(jobs, params.id, () => reports.load(params.id)),
  });
};
