/**
 * Aliases: names that stand for checkpoints.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { limits } from '../../platform/limits.ts';
import { Alias, AliasName, AliasTarget, RollbackRequest } from '../../serving/aliases/alias.ts';
import type { AppDeps } from '../deps.ts';
import { json, problemResponses } from '../document/responses.ts';
import { gone, listQuery, page } from '../schemas.ts';

const tags = ['models'];

const AliasParams = z.strictObject({ name: AliasName });

const ListQuery = listQuery(z.string().max(limits.pathPart).optional());

export const aliasRoutes: FastifyPluginAsyncZod<AppDeps> = async (app, { aliases }) => {
  app.get('/v1/aliases', {
    schema: {
      operationId: 'listAliases',
      summary: 'List the aliases, by name',
      tags,
      querystring: ListQuery,
      response: { 200: json(page(Alias), 'A page of them.'), ...problemResponses(400, 503) },
    },
    handler: ({ query }) => aliases.list(query.limit, query.cursor),
  });

  app.put('/v1/aliases/:name', {
    schema: {
      operationId: 'setAlias',
      summary: 'Make an alias name a checkpoint',
      description:
        'One step: every prediction gets what the alias named before or what it names now. While it names a checkpoint, neither that nor its job can be removed.',
      tags,
      params: AliasParams,
      body: AliasTarget,
      response: {
        200: json(Alias, 'The alias, which was there before.'),
        201: json(Alias, 'The alias, which is new.'),
        ...problemResponses(400, 404, 409, 413, 415, 503, 507),
      },
    },
    handler: async ({ params, body }, reply) => {
      const { alias, isNew } = await aliases.set(params.name, body);
      return reply.code(isNew ? 201 : 200).send(alias);
    },
  });

  app.get('/v1/aliases/:name', {
    schema: {
      operationId: 'getAlias',
      summary: 'Look at what an alias names',
      tags,
      params: AliasParams,
      response: { 200: json(Alias, 'The alias.'), ...problemResponses(400, 404, 503) },
    },
    handler: ({ params }) => aliases.get(params.name),
  });

  app.delete('/v1/aliases/:name', {
    schema: {
      operationId: 'deleteAlias',
      summary: 'Remove an alias with its history; the checkpoint stays',
      tags,
      params: AliasParams,
      response: { ...gone, ...problemResponses(400, 404, 413, 415, 503) },
    },
    handler: async ({ params }, reply) => {
      await aliases.remove(params.name);
      return reply.code(204).send(undefined);
    },
  });

  app.get('/v1/aliases/:name/history', {
    schema: {
      operationId: 'aliasHistory',
      summary: 'What an alias has named, the present first',
      tags,
      params: AliasParams,
      response: {
        200: json(page(Alias), `Up to ${limits.aliasHistory} of its last versions.`),
        ...problemResponses(400, 404, 503),
      },
    },
    handler: async ({ params }) => ({ data: await aliases.history(params.name), nextCursor: null }),
  });

  app.post('/v1/aliases/:name/rollback', {
    schema: {
      operationId: 'rollbackAlias',
      summary: 'Make an alias name again what it named before',
      tags,
      params: AliasParams,
      body: RollbackRequest,
      response: {
        200: json(Alias, 'The alias in its new version.'),
        ...problemResponses(400, 404, 409, 413, 415, 503, 507),
      },
    },
    handler: ({ params, body }) => aliases.rollback(params.name, body?.version),
  });
};
