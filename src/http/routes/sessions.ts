/**
 * Sessions: sequences that come step by step.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { limits } from '../../platform/limits.ts';
import { Session, SessionRequest, StepsRequest, StepsResult } from '../../serving/sessions/session.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { gone, IdempotencyHeaders, idParams } from '../schemas.ts';
import { callerGone, writtenAs } from './predict.ts';

const tags = ['models'];
const SessionParams = idParams('session');

export const sessionRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { sessions }) => {
  app.post('/v1/sessions', {
    schema: {
      operationId: 'openSession',
      summary: 'Open a session: a sequence that comes step by step',
      description: `It ends ${limits.sessionIdleSeconds} s after its last step.`,
      tags,
      headers: IdempotencyHeaders,
      body: SessionRequest,
      response: {
        200: json(Session, 'The session that an earlier request with this Idempotency-Key opened.'),
        201: json(Session, 'The session; its path is in `Location`.'),
        ...problemResponses(400, 404, 409, 413, 415, 503),
      },
    },
    handler: async ({ body, headers }, reply) => {
      const { session, isRepeated } = await sessions.open(body, headers['idempotency-key']);
      return reply
        .code(isRepeated ? 200 : 201)
        .header('location', `/v1/sessions/${session.id}`)
        .send(session);
    },
  });

  app.post('/v1/sessions/:id/steps', {
    schema: {
      operationId: 'step',
      summary: 'The next steps of a session: a prediction after each',
      tags,
      params: SessionParams,
      body: StepsRequest,
      response: {
        200: json(StepsResult, 'The same as one sequence of all steps would get, to the last bit.'),
        ...problemResponses(400, 404, 409, 413, 415, 503),
      },
    },
    handler: async ({ params, body }, reply) => {
      const outcome = await sessions.step(params.id, body, (listener) => reply.raw.once('close', listener));
      if (outcome.status === 'dropped') throw callerGone();
      const answer = writtenAs<StepsResult>(outcome.answer);
      return reply.header('content-type', 'application/json; charset=utf-8').send(answer);
    },
  });

  app.get('/v1/sessions/:id', {
    schema: {
      operationId: 'getSession',
      summary: 'Look at a session',
      tags,
      params: SessionParams,
      response: { 200: json(Session, 'The session.'), ...problemResponses(400, 404, 503) },
    },
    handler: ({ params }) => sessions.get(params.id),
  });

  app.delete('/v1/sessions/:id', {
    schema: {
      operationId: 'endSession',
      summary: 'End a session',
      tags,
      params: SessionParams,
      response: { ...gone, ...problemResponses(400, 404, 413, 415, 503) },
    },
    handler: async ({ params }, reply) => {
      await sessions.end(params.id);
      return reply.code(204).send(undefined);
    },
  });
};
