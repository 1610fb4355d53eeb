/**
 * TensorFlow Serving's REST API under /v1/models.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { limits } from '../../../platform/limits.ts';
import {
  ModelStatus,
  modelStatus,
  PredictAnswer,
  ServedMetadata,
  servedMetadata,
} from '../../../serving/protocols/tensorflow-serving/metadata.ts';
import { PredictBody } from '../../../serving/protocols/tensorflow-serving/request.ts';
import { acceptAnyBody, answerPlainJson } from '../../body/raw-body.ts';
import type { AppDeps } from '../../deps.ts';
import { json } from '../../document/responses.ts';
import { answerMessage, errorResponses, modelPaths, tags } from './answering.ts';

export const tensorflowServingRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { protocols }) => {
  acceptAnyBody(app);
  answerPlainJson(app);

  for (const { path, suffix, params } of modelPaths('/v1/models')) {
    const ofVersion = suffix && ' of a version';

    app.get(path, {
      schema: {
        operationId: `servingStatus${suffix}`,
        summary: `TensorFlow Serving: the versions of a model${suffix && ', one of them'}`,
        tags,
        params,
        response: { 200: json(ModelStatus, 'They can be asked.'), ...errorResponses(400, 404, 409, 503) },
      },
      handler: async ({ params: { model, version } }) => {
        const described = await protocols.describe(model, version);
        return modelStatus(version === undefined ? described.versions : [described.model.checkpoint.step]);
      },
    });

    app.get(`${path}/metadata`, {
      schema: {
        operationId: `servingMetadata${suffix}`,
        summary: `TensorFlow Serving: the signature of a model${ofVersion}`,
        tags,
        params,
        response: { 200: json(ServedMetadata, 'The signature.'), ...errorResponses(400, 404, 409, 503) },
      },
      handler: async ({ params: { model, version } }) =>
        servedMetadata(model, await protocols.describe(model, version)),
    });

    // A colon that is doubled stands for itself; the part before it has none.
    app.post(`${path}(^[^:/]+)::predict`, {
      bodyLimit: limits.body,
      schema: {
        operationId: `servingPredict${suffix}`,
        summary: `TensorFlow Serving: class probabilities of every step, by a model${ofVersion}`,
        tags,
        params,
        body: PredictBody,
        response: {
          200: json(PredictAnswer, 'In the format of the request.'),
          ...errorResponses(400, 404, 409, 413, 415, 503),
        },
      },
      handler: async (request, reply) => {
        await answerMessage({ protocol: 'tensorflow-serving', service: protocols }, request, request.params, reply);
        return reply;
      },
    });
  }
};
