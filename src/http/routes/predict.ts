/**
 * Class probabilities of a caller's sequences. Of a job's checkpoints it reads memory and disk, and goes on while Redis is away.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { InvalidInputError } from '../../platform/errors.ts';
import type { RawJson } from '../../platform/input/json.ts';
import { ExplanationRequest, ExplanationResult } from '../../serving/explain/explanation.ts';
import type { WrittenJson } from '../../serving/json-bytes.ts';
import { PredictionRequest } from '../../serving/prediction-request.ts';
import { PredictionResult } from '../../serving/prediction-result.ts';
import { takesLarge } from '../body/large-bodies.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';

export const predictRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { predictions, explanations }) => {
  app.post('/predict', {
    ...takesLarge('prediction'),
    schema: {
      operationId: 'predict',
      summary: 'Class probabilities of some sequences: of every step, or of the whole',
      tags: ['models'],
      body: PredictionRequest,
      response: {
        200: json(PredictionResult, 'One prediction for each sequence.'),
        ...problemResponses(400, 404, 409, 413, 415, 503),
      },
    },
    handler: async (request, reply) => {
      const body: PredictionRequest | RawJson = request.body;
      const outcome = await predictions.answer(body, (listener) => reply.raw.once('close', listener));
      if (outcome.status === 'dropped') throw callerGone();
      const answer = writtenAs<PredictionResult>(outcome.answer);
      return reply.header('content-type', 'application/json; charset=utf-8').send(answer);
    },
  });

  app.post('/predict/explain', {
    schema: {
      operationId: 'explain',
      summary: 'Which past inputs moved the probabilities at a step, and by how much',
      tags: ['models'],
      body: ExplanationRequest,
      response: {
        200: json(ExplanationResult, 'One explanation for each step that was asked for.'),
        ...problemResponses(400, 404, 409, 413, 415, 503),
      },
    },
    handler: async ({ body }, reply) => {
      const outcome = await explanations.explain(body, (listener) => reply.raw.once('close', listener));
      if (outcome.status === 'dropped') throw callerGone();
      const answer = writtenAs<ExplanationResult>(outcome.answer);
      return reply.header('content-type', 'application/json; charset=utf-8').send(answer);
    },
  });
};

/** JSON that the schema of an answer describes. */
export function writtenAs<T>(json: WrittenJson): T {
  return (typeof json === 'string' ? json : Buffer.from(json.buffer, json.byteOffset, json.byteLength)) as T;
}

/** Nobody reads this answer but the log. */
export function callerGone(): InvalidInputError {
  return new InvalidInputError('The caller has gone; the prediction was dropped.', [], { code: 'caller_gone' });
}
