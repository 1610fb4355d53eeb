/**
 * The Open Inference Protocol under /v2.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { UnavailableError } from '../../../platform/errors.ts';
import { limits } from '../../../platform/limits.ts';
import {
  InferenceAnswer,
  ModelMetadata,
  modelMetadata,
  ServerMetadata,
  serverMetadata,
} from '../../../serving/protocols/open-inference/metadata.ts';
import { InferenceRequest } from '../../../serving/protocols/open-inference/request.ts';
import { acceptAnyBody, answerPlainJson } from '../../body/raw-body.ts';
import type { AppDeps } from '../../deps.ts';
import { json } from '../../document/responses.ts';
import { whyNotReady } from '../health.ts';
import { answerMessage, errorResponses, modelPaths, tags } from './answering.ts';

const ModelReady = z.object({ name: z.string(), ready: z.literal(true) });

const inferenceAnswer = {
  description: 'The outputs; those that are asked for in binary follow the JSON.',
  content: {
    'application/json': { schema: InferenceAnswer },
    'application/octet-stream': { schema: z.string().meta({ format: 'binary' }) },
  },
};

export const openInferenceRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, deps) => {
  const { protocols } = deps;
  acceptAnyBody(app);
  answerPlainJson(app);

  app.get('/v2', {
    schema: {
      operationId: 'inferenceServer',
      summary: 'Open Inference Protocol: the server, and its extensions',
      tags,
      response: { 200: json(ServerMetadata, 'The server.'), ...errorResponses() },
    },
    handler: async () => serverMetadata,
  });

  app.get('/v2/health/live', {
    logLevel: 'warn',
    schema: {
      operationId: 'inferenceLive',
      summary: 'Open Inference Protocol: does the process answer?',
      tags,
      response: { 200: json(z.object({ live: z.literal(true) }), 'It does.'), ...errorResponses() },
    },
    handler: async () => ({ live: true as const }),
  });

  app.get('/v2/health/ready', {
    logLevel: 'warn',
    schema: {
      operationId: 'inferenceReady',
      summary: 'Open Inference Protocol: can it do its work?',
      tags,
      response: { 200: json(z.object({ ready: z.literal(true) }), 'It can.'), ...errorResponses(503) },
    },
    handler: async () => {
      const { reason } = await whyNotReady(deps);
      if (reason) throw new UnavailableError(reason);
      return { ready: true as const };
    },
  });

  for (const { path, suffix, params } of modelPaths('/v2/models')) {
    const ofVersion = suffix && ' of a version';

    app.get(path, {
      schema: {
        operationId: `inferenceModel${suffix}`,
        summary: `Open Inference Protocol: the tensors of a model${ofVersion}, and its versions`,
        tags,
        params,
        response: { 200: json(ModelMetadata, 'The model.'), ...errorResponses(400, 404, 409, 503) },
      },
      handler: async ({ params: { model, version } }) => modelMetadata(model, await protocols.describe(model, version)),
    });

    app.get(`${path}/ready`, {
      schema: {
        operationId: `inferenceModelReady${suffix}`,
        summary: `Open Inference Protocol: can a model${ofVersion} be asked? It is loaded for that`,
        tags,
        params,
        response: { 200: json(ModelReady, 'It can.'), ...errorResponses(400, 404, 409, 503) },
      },
      handler: async ({ params: { model, version } }) => {
        await protocols.load(model, version);
        return { name: model, ready: true as const };
      },
    });

    app.post(`${path}/infer`, {
      bodyLimit: limits.body,
      schema: {
        operationId: `infer${suffix}`,
        summary: `Open Inference Protocol: class probabilities of every step, by a model${ofVersion}`,
        tags,
        params,
        body: InferenceRequest,
        response: { 200: inferenceAnswer, ...errorResponses(400, 404, 409, 413, 415, 503) },
      },
      handler: async (request, reply) => {
        await answerMessage({ protocol: 'open-inference', service: protocols }, request, request.params, reply);
        return reply;
      },
    });
  }
};
