/**
 * The OpenAPI document, made from the same schemas that validate, and its page for people. To be called before the routes are registered.
 */
import swagger, { type SwaggerTransformObject } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { jsonSchemaTransform, jsonSchemaTransformObject, type ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { pageHeaders } from '../page-headers.ts';
import { addExamples } from './examples.ts';
import { withPresetOptimizers } from './preset-optimizers.ts';
import { json, problemResponses } from './responses.ts';

const info = {
  title: 'Lookback',
  version: '1',
  description: 'Trains LSTM sequence labellers over HTTP, and tells you whether they look back.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

const tags = [
  { name: 'jobs', description: 'Submit, watch and steer training jobs.' },
  { name: 'datasets', description: 'Your own labelled sequences.' },
  { name: 'models', description: 'Checkpoints, and predictions with them.' },
  {
    name: 'protocols',
    description: 'Models by protocols that other clients speak: Open Inference Protocol, TensorFlow Serving.',
  },
  { name: 'diagnosis', description: 'Whether a model looks back, and what keeps it from it.' },
  { name: 'catalogue', description: 'What a job can start from.' },
  { name: 'service', description: 'Health, metrics and this document.' },
];

/** Swagger UI has pictures in its styles and scripts, and styles in its HTML. */
const headersOfDocs = pageHeaders({ 'img-src': "'self' data:", 'style-src': "'self' 'unsafe-inline'" });

export async function registerOpenapi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info, tags, servers: [] },
    transform: jsonSchemaTransform,
    transformObject: withUsedComponents,
  });
  let text: string | undefined;
  await app.register(async (scope) => {
    scope.addHook('onSend', async (_request, reply) => {
      reply.headers(headersOfDocs);
    });
    await scope.register(swaggerUi, { routePrefix: '/docs' });
  });
  app.withTypeProvider<ZodTypeProvider>().get('/openapi.json', {
    schema: {
      operationId: 'openapi',
      summary: 'This document',
      tags: ['service'],
      response: { 200: json(z.looseObject({}), 'OpenAPI 3.1.'), ...problemResponses() },
    },
    handler: async (_request, reply) => {
      // Written once: it is large, and the same for everybody.
      text ??= JSON.stringify(app.swagger());
      return reply
        .type('application/json; charset=utf-8')
        .serializer(() => text!)
        .send({});
    },
  });
}

interface Operation {
  operationId?: string;
  requestBody?: { required?: boolean };
  responses: Record<string, { description: string; content?: object }>;
}

/** Adds what any request may be answered with before its route has a say. */
function describeRefusals(method: string, { responses }: Operation): void {
  const refusal = (description: string) => ({ description, content: structuredClone(responses[500].content) });
  responses[400] ??= refusal('The request is not valid.');
  responses[421] ??= refusal('The host is none that the service answers for.');
  if (method !== 'get') responses[403] ??= refusal('A page of another origin asks for a change.');
}

/** Every named schema comes in a version for requests and one for answers; those that nothing refers to are left out. */
const withUsedComponents: SwaggerTransformObject = (document) => {
  const full = jsonSchemaTransformObject(document);
  if (!('components' in full)) return full;
  const paths = (full.paths ?? {}) as Record<string, Record<string, Operation>>;
  for (const [method, operation] of Object.values(paths).flatMap((path) => Object.entries(path))) {
    describeRefusals(method, operation);
    if (operation.operationId === 'retryJob' && operation.requestBody) operation.requestBody.required = false;
  }
  addExamples(paths);
  const schemas = full.components?.schemas ?? {};
  schemas.JobSpecInput = withPresetOptimizers(schemas.JobSpecInput as object) as typeof schemas.JobSpecInput;
  const used = new Set<string>();
  const visit = (value: unknown) => {
    for (const [, name] of JSON.stringify(value ?? null).matchAll(/"#\/components\/schemas\/([^"/]+)"/g)) {
      if (used.has(name)) continue;
      used.add(name);
      visit(schemas[name]);
    }
  };
  visit(full.paths);
  for (const name of Object.keys(schemas)) {
    if (!used.has(name)) delete schemas[name];
  }
  return full;
};
