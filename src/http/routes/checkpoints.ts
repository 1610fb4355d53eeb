/**
 * The checkpoints of a job: a list, and each one as a tfjs model to take away. Both come from the disk and go on while Redis is away.
 */

import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { zipSync } from 'fflate';
import { z } from 'zod';
import { limits } from '../../limits.ts';
import type { AppDeps } from '../deps.ts';
import { findOfJob } from '../missing.ts';
import { json, problemResponses } from '../responses.ts';
import { Checkpoint, JobParams, page, pageLimit, queryInteger, WhichCheckpoint } from '../schemas.ts';

const tags = ['models'];

const DownloadParams = JobParams.extend({
  step: queryInteger(WhichCheckpoint).describe('Its step, or `latest` or `best`.'),
});

const DownloadQuery = z.strictObject({
  format: z.literal('tfjs').default('tfjs').describe('model.json and weights.bin, as tf.loadLayersModel reads them.'),
});

const ListQuery = z.strictObject({
  limit: queryInteger(pageLimit.default(limits.page)),
  cursor: queryInteger(z.int().min(0).optional()).describe('`nextCursor` of the page before.'),
});

const CheckpointPage = page(Checkpoint).extend({
  damaged: z
    .array(z.int())
    .describe('Steps of all checkpoints of the job that were found damaged: they are out of use.'),
  unsupported: z
    .array(z.int())
    .describe('Steps of this page whose checkpoints a newer Lookback has written: this one cannot read them.'),
});

const Zip = z.custom<Uint8Array>().meta({ type: 'string', contentMediaType: 'application/zip' });

export const checkpointRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { jobs, checkpoints }) => {
  app.get('/v1/jobs/:id/checkpoints', {
    schema: {
      operationId: 'listCheckpoints',
      summary: 'List the checkpoints of a job, by step',
      tags,
      params: JobParams,
      querystring: ListQuery,
      response: { 200: json(CheckpointPage, 'A page of them.'), ...problemResponses(400, 404, 503) },
    },
    handler: async ({ params, query }) => {
      const found = await checkpoints.page(params.id, query.limit, query.cursor);
      if (found.data.length === 0) await jobs.get(params.id);
      return found;
    },
  });

  app.get('/v1/jobs/:id/checkpoints/:step/download', {
    schema: {
      operationId: 'downloadCheckpoint',
      summary: 'Download a checkpoint as a zip',
      tags,
      params: DownloadParams,
      querystring: DownloadQuery,
      response: {
        200: {
          description: 'A zip with the files of the model.',
          content: { 'application/zip': { schema: Zip } },
        },
        ...problemResponses(400, 404, 409, 503),
      },
    },
    handler: async ({ params }, reply) => {
      const { step } = await findOfJob(jobs, params.id, () => checkpoints.resolve(params.id, params.step));
      const files = await checkpoints.files(params.id, step);
      reply.header('content-type', 'application/zip');
      reply.header('content-disposition', `attachment; filename="${params.id}-step-${step}.zip"`);
      // Weights do not compress; level 0 only packs them.
      return zipSync(files, { level: 0 });
    },
  });
};
