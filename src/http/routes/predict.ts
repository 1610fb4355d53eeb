/**
 * Class probabilities of a caller's sequences. It reads checkpoints from memory and disk, and goes on while Redis is away.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { InvalidInputError } from '../../platform/errors.ts';
import type { RawJson } from '../../platform/input/json.ts';
import { PredictionRequest } from '../../serving/prediction-request.ts';
import { PredictionResult } from '../../serving/prediction-result.ts';
import type { PredictionAnswer } from '../../serving/prediction-service.ts';
import { takesLarge } from '../body/large-bodies.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { findOfJob } from '../missing.ts';

export const predictRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { jobs, predictions }) => {
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
      const answer = await predictions.answer(body, (listener) => reply.raw.once('close', listener));
      if (answer.status === 'refused') return refuse(answer);
      if (answer.status === 'dropped') throw callerGone();
      return reply.header('content-type', 'application/json; charset=utf-8').send(answer.result as PredictionResult);
    },
  });

  /** Says, where that can be known, that it is the job that is missing. */
  async function refuse({ job, error }: Extract<PredictionAnswer, { status: 'refused' }>): Promise<never> {
    const refusal = () => Promise.reject(error);
    return job === undefined ? refusal() : findOfJob<never>(jobs, job, refusal);
  }
};

/** Nobody reads this answer but the log. */
function callerGone(): InvalidInputError {
  return new InvalidInputError('The caller has gone; the prediction was dropped.', [], { code: 'caller_gone' });
}
