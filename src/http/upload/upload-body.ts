/**
 * The body of an upload in the OpenAPI document. It is not validated by a schema, since it is never in memory as a whole.
 */
import { jsonSchemaTransform } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { CsvMapping } from '../../data/datasets/ingest/request.ts';
import { limits } from '../../platform/limits.ts';
import { formType, uploadTypes } from './upload.ts';

const text = { type: 'string', description: 'NDJSON, one sequence a line, or CSV in long form.' };

const form = {
  type: 'object',
  description: 'The file has to be the last part.',
  properties: {
    format: { type: 'string', enum: ['ndjson', 'csv'] },
    name: { type: 'string', minLength: 1, maxLength: limits.name },
    mapping: z.toJSONSchema(CsvMapping, { io: 'input', target: 'openapi-3.0' }),
    file: { type: 'string', contentMediaType: 'application/octet-stream' },
  },
  required: ['file'],
  additionalProperties: false,
};

export const describeUploadBody: typeof jsonSchemaTransform = (route) => {
  const { schema, url } = jsonSchemaTransform(route);
  const content = Object.fromEntries(Object.keys(uploadTypes).map((type) => [type, { schema: text }]));
  return { schema: { ...schema, body: { content: { ...content, [formType]: { schema: form } } } }, url };
};
