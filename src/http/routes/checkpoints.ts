/**
 * The checkpoints of a job: a list, and each one as a model to take away. Both come from the disk and go on while Redis is away.
 */
import type { Readable } from 'node:stream';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { CheckpointChoice } from '../../checkpoints/choice.ts';
import { downloadFormats } from '../../checkpoints/download/formats.ts';
import { ensureVariant } from '../../checkpoints/download/variant.ts';
import { CheckpointSummary } from '../../checkpoints/summary-schema.ts';
import { graphInputs } from '../../formats/graph-inputs.ts';
import { limits } from '../../platform/limits.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { sendDownload } from '../download/send-download.ts';
import { findOfJob, specIfKnown } from '../missing.ts';
import { JobParams, listQuery, page, placeCursor, queryFlag, queryInteger } from '../schemas.ts';

const tags = ['models'];

const DownloadParams = JobParams.extend({
  step: queryInteger(CheckpointChoice).describe('Its step, or `latest` or `best`.'),
});

const DownloadQuery = z.strictObject({
  format: z
    .enum(downloadFormats)
    .default(downloadFormats[0])
    .describe(
      '`tfjs`: a zip with a model as tf.loadLayersModel reads it. `keras`: an archive as Keras 3 loads it. `onnx`: a graph for ONNX Runtime. `safetensors`: its tensors by name.',
    ),
  inputs: z
    .enum(graphInputs)
    .default(graphInputs[0])
    .describe(
      'What the graph of tfjs, keras and onnx takes. `encoded`: steps as the encoding in the file says. `raw`: numbers as they are, and of strings their one-hot places as integers; the graph encodes them.',
    ),
  lengths: queryFlag.describe('Of onnx: whether the graph takes `lengths`, INT32 [batch], of padded sequences.'),
  state: queryFlag.describe(
    'Of onnx: whether the graph takes the state that sequences start from (`lstm_1_h`, `lstm_1_c` …) and gives the one that they end in (`next_lstm_1_h` …).',
  ),
});

const ListQuery = listQuery(placeCursor);

const CheckpointPage = page(CheckpointSummary).extend({
  damaged: z
    .array(z.int())
    .describe('Steps of all checkpoints of the job that were found damaged: they are out of use.'),
  unsupported: z
    .array(z.int())
    .describe('Steps of this page whose checkpoints a newer Lookback has written: this one cannot read them.'),
});

const Zip = z.custom<Readable>().meta({ type: 'string', contentMediaType: 'application/zip' });
const Binary = z.custom<Readable>().meta({ type: 'string', contentMediaType: 'application/octet-stream' });

/** Anew for each response: what is made of it for the document is written into it. */
const models = () => ({ 'application/zip': { schema: Zip }, 'application/octet-stream': { schema: Binary } });

const header = (description: string) => z.string().max(limits.smallBody).optional().describe(description);

const DownloadHeaders = z.looseObject({
  range: header('One range of bytes, as `bytes=1000-`: for going on with a download that broke off. HEAD ignores it.'),
  'if-range': header('The `ETag` of the part that is there.'),
  'if-none-match': header('`ETag`s of what is there already, or `*`: 304 if the download is one of them.'),
  'if-match': header('The only `ETag`s that are wanted, or `*` for any: 412 if the download is none of them.'),
});

export const checkpointRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { jobs, checkpoints, downloads }) => {
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
      summary: 'Download a checkpoint as a model for other libraries',
      tags,
      params: DownloadParams,
      querystring: DownloadQuery,
      headers: DownloadHeaders,
      response: {
        200: {
          description:
            'The model, and in it how inputs are encoded, what classes are called, what state a sequence starts from, and the spec. `tfjs` is a zip of model.json, weights.bin, encoding.json and README.txt, which says how to use them in JavaScript and Python.',
          content: models(),
        },
        206: {
          description: 'The bytes that `Range` asks for; `Content-Range` says which they are.',
          content: models(),
        },
        304: z.undefined().describe('The caller has it: its `ETag` is in `If-None-Match`.'),
        ...problemResponses(400, 404, 409, 412, 416, 503),
      },
    },
    handler: async ({ params, query, headers }, reply) => {
      ensureVariant(query);
      const { step, createdAt } = await findOfJob(jobs, params.id, () => checkpoints.resolve(params.id, params.step));
      const spec = (await specIfKnown(jobs, params.id)) ?? null;
      const about = { job: params.id, createdAt, spec };
      const download = await downloads.open(params.id, step, query, about);
      return sendDownload(reply, download, `${params.id}-step-${step}.${download.extension}`, headers);
    },
  });
};
