/**
 * Imports models that were trained elsewhere: each becomes a job that is over, with one checkpoint.
 */
import type { Readable } from 'node:stream';
import { type FastifyPluginAsyncZod, jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { ImportRequest } from '../../checkpoints/import/import-request.ts';
import { tooLarge } from '../../checkpoints/import/model-importer.ts';
import { JobView } from '../../jobs/record.ts';
import { importModel } from '../../jobs/use-cases/import.ts';
import { showJob } from '../../jobs/use-cases/show.ts';
import { ensureShallow } from '../../platform/input/json-depth.ts';
import { parse } from '../../platform/input/validation.ts';
import { limits } from '../../platform/limits.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { UnsupportedMediaTypeError } from '../errors.ts';
import { IdempotencyHeaders } from '../schemas.ts';
import { modelTypes } from '../upload/upload.ts';
import { takeStreams, uploadFailure } from '../upload/upload-scope.ts';

/** Lists and objects stand in it as JSON. */
const ImportQuery = z.strictObject({
  name: ImportRequest.shape.name.describe('For people; need not be unique.'),
  labels: z
    .string()
    .optional()
    .describe(
      'What classes are called, as JSON: `["rest", "walk"]`. By default 0, 1, 2 …; refused where the file says it.',
    ),
  inputs: z
    .string()
    .optional()
    .describe(
      'How inputs are encoded, as JSON: as `input` of the encoding.json of a download. By default numbers as they are; refused where the file says it.',
    ),
  at: ImportRequest.shape.at.describe(
    'Of safetensors, which do not say it: whether the model has an output at each step (the default), or at the end.',
  ),
});

const describeFile: typeof jsonSchemaTransform = (route) => {
  const { schema, url } = jsonSchemaTransform(route);
  const file = {
    type: 'string',
    contentMediaType: 'application/octet-stream',
    description: 'A zip with a tfjs layers model (model.json and weights), a .keras archive, or safetensors.',
  };
  return {
    schema: { ...schema, body: { content: Object.fromEntries(modelTypes.map((type) => [type, { schema: file }])) } },
    url,
  };
};

/** In a scope of its own, where a body is not parsed but handed to the handler as it comes. */
export const importRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, deps) => {
  app.removeAllContentTypeParsers();
  takeStreams(app, deps.uploadWindowMs);

  app.post('/v1/jobs/import', {
    config: { takesLong: true, swaggerTransform: describeFile },
    schema: {
      operationId: 'importModel',
      summary: 'Import a model that was trained elsewhere, as a job that is over',
      tags: ['models'],
      headers: IdempotencyHeaders,
      querystring: ImportQuery,
      response: {
        200: json(JobView, 'The job that an earlier request with this Idempotency-Key made.'),
        201: json(JobView, 'The job; its path is in `Location`.'),
        ...problemResponses(400, 409, 413, 415, 422, 503, 507),
      },
    },
    handler: async (request, reply) => {
      const type = request.headers['content-type']?.split(';', 1)[0].trim().toLowerCase() ?? '';
      if (!modelTypes.includes(type))
        throw UnsupportedMediaTypeError.ofType(request.headers['content-type'], modelTypes);
      if (Number(request.headers['content-length']) > limits.modelFileBytes) throw tooLarge();
      const stream = request.body as Readable;
      const described = importRequest(request.query);
      const { job, repeated } = await importModel(deps, stream, described, request.headers['idempotency-key']).catch(
        (error) => {
          throw uploadFailure(error, request.raw);
        },
      );
      return reply
        .code(repeated ? 200 : 201)
        .header('location', `/v1/jobs/${job.id}`)
        .send(await showJob(deps, job));
    },
  });
};

function importRequest({ labels, inputs, ...rest }: z.output<typeof ImportQuery>): ImportRequest {
  return parse(ImportRequest, { ...rest, ...jsonOf('labels', labels), ...jsonOf('inputs', inputs) }, 'query');
}

/** What is no JSON stays as it is, so that the refusal shows it. */
function jsonOf(name: string, text: string | undefined): object {
  if (text === undefined) return {};
  ensureShallow(text, name);
  try {
    return { [name]: JSON.parse(text) };
  } catch {
    return { [name]: text };
  }
}
