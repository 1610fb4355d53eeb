/**
 * What a job's model has learned, and how far it looks back: on what it held out, or on any dataset. Both come from the
 * store, and go on while Redis is away.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { EvaluatedCheckpoint, EvaluationRequest } from '../../diagnosis/report/evaluation/evaluation-schema.ts';
import { Report } from '../../diagnosis/report/report-schema.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { findOfJob } from '../missing.ts';
import { JobParams } from '../schemas.ts';

export const reportRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { jobs, reports, evaluate }) => {
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

  app.post('/v1/jobs/:id/evaluate', {
    schema: {
      operationId: 'evaluateJob',
      summary: 'How well a checkpoint does on a dataset: the figures of a report',
      tags: ['diagnosis'],
      params: JobParams,
      body: EvaluationRequest,
      response: {
        200: json(EvaluatedCheckpoint, 'The figures.'),
        ...problemResponses(400, 404, 409, 413, 415, 503),
      },
    },
    handler: ({ params, body }) => findOfJob(jobs, params.id, () => evaluate(params.id, body)),
  });
};
