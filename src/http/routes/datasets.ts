/**
 * Datasets: upload, look at, examine, delete. An upload is stored as it comes in.
 */
import multipart from '@fastify/multipart';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { DatasetSheet } from '../../data/datasets/sheet.ts';
import { PreviewSequence } from '../../data/datasets/stored/preview-schema.ts';
import { DoctorReport, ExaminationDepth } from '../../diagnosis/doctor/doctor-schema.ts';
import { deleteDataset } from '../../jobs/use-cases/datasets.ts';
import { limits } from '../../platform/limits.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { gone, idParams, listQuery, page, queryInteger } from '../schemas.ts';
import { receiveUpload, UploadQuery } from '../upload/upload.ts';
import { describeUploadBody } from '../upload/upload-body.ts';
import { takeStreams, uploadFailure } from '../upload/upload-scope.ts';

const DatasetParams = idParams('dataset');

const ListQuery = listQuery(z.string().max(limits.name).optional(), 20);

const PreviewQuery = z.strictObject({
  sequences: queryInteger(z.int().min(1).max(limits.previewSequences).default(5)),
});

const DoctorQuery = z.strictObject({ depth: ExaminationDepth.default('full') });

const tags = ['datasets'];

export const datasetRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, deps) => {
  const { datasets, examineDataset } = deps;

  await app.register(uploadRoute, deps);

  app.get('/v1/datasets', {
    schema: {
      operationId: 'listDatasets',
      summary: 'List the datasets, newest first',
      tags,
      querystring: ListQuery,
      response: { 200: json(page(DatasetSheet), 'A page of data sheets.'), ...problemResponses(400, 503) },
    },
    handler: ({ query }) => datasets.list(query.limit, query.cursor),
  });

  app.get('/v1/datasets/:id', {
    schema: {
      operationId: 'getDataset',
      summary: 'The data sheet of a dataset',
      tags,
      params: DatasetParams,
      response: { 200: json(DatasetSheet, 'The data sheet.'), ...problemResponses(400, 404, 409, 503) },
    },
    handler: ({ params }) => datasets.get(params.id),
  });

  app.get('/v1/datasets/:id/preview', {
    schema: {
      operationId: 'previewDataset',
      summary: 'The first sequences of a dataset, as they were uploaded',
      tags,
      params: DatasetParams,
      querystring: PreviewQuery,
      response: { 200: json(page(PreviewSequence), 'So many of them.'), ...problemResponses(400, 404, 409, 503) },
    },
    handler: async ({ params, query }) => ({
      data: await datasets.preview(params.id, query.sequences),
      nextCursor: null,
    }),
  });

  app.delete('/v1/datasets/:id', {
    schema: {
      operationId: 'deleteDataset',
      summary: 'Delete a dataset that no job needs any more',
      tags,
      params: DatasetParams,
      response: { ...gone, ...problemResponses(400, 404, 409, 503, 507) },
    },
    handler: async ({ params }, reply) => {
      await deleteDataset(deps, params.id);
      return reply.code(204).send(undefined);
    },
  });

  app.post('/v1/datasets/:id/doctor', {
    schema: {
      operationId: 'examineDataset',
      summary: 'What the doctor says of a dataset, before any training',
      tags,
      params: DatasetParams,
      querystring: DoctorQuery,
      response: {
        200: json(DoctorReport, 'The findings, whatever they are.'),
        ...problemResponses(400, 404, 409, 413, 415, 503),
      },
    },
    handler: async ({ params, query }) => {
      await datasets.get(params.id);
      return examineDataset(params.id, query.depth);
    },
  });
};

/** In a scope of its own, where a body is not parsed but handed to the handler as it comes. */
const uploadRoute: FastifyPluginAsyncZod<AppDeps> = async (app, { datasets, uploadWindowMs }) => {
  app.removeAllContentTypeParsers();
  await app.register(multipart);
  takeStreams(app, uploadWindowMs);

  app.post('/v1/datasets', {
    config: { takesLong: true, swaggerTransform: describeUploadBody },
    schema: {
      operationId: 'uploadDataset',
      summary: 'Upload a dataset',
      tags,
      querystring: UploadQuery,
      response: {
        200: json(DatasetSheet, 'The same content is there already.'),
        201: json(DatasetSheet, 'Its data sheet; its path is in `Location`.'),
        ...problemResponses(400, 413, 415, 503, 507),
      },
    },
    handler: async (request, reply) => {
      const { stream, request: described } = await receiveUpload(request, request.query);
      const { status, sheet } = await datasets.create(stream, described).catch((error) => {
        throw uploadFailure(error, request.raw);
      });
      return reply
        .code(status === 'created' ? 201 : 200)
        .header('location', `/v1/datasets/${sheet.id}`)
        .send(sheet);
    },
  });
};
