/**
 * The schema of a job spec, from the service's own OpenAPI document, as the form reads it: a new field of the spec is a
 * new field of the form.
 */

import { countText, short } from '../../text/figures.ts';

export interface JsonSchema {
  $ref?: string;
  type?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  oneOf?: JsonSchema[];
  anyOf?: JsonSchema[];
  items?: JsonSchema;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
  pattern?: string;
}

interface Document {
  paths: Record<string, { post?: { requestBody: { content: Record<string, { schema: JsonSchema }> } } }>;
  components: { schemas: Record<string, JsonSchema> };
}

/** How a value is entered. json: as it is written in JSON, for lists and for values of several kinds. */
export type Control =
  | { kind: 'group'; fields: Record<string, JsonSchema> }
  | { kind: 'variants'; variants: Record<string, JsonSchema> }
  | { kind: 'choice'; values: unknown[] }
  | { kind: 'number'; minimum?: number; maximum?: number; isInteger: boolean }
  | { kind: 'flag' }
  | { kind: 'text'; maxLength?: number }
  | { kind: 'json' };

/** The schema of the body of `POST /v1/jobs`, with its references resolved. */
export function specSchemaOf(document: Document): JsonSchema {
  const body = document.paths['/v1/jobs'].post!.requestBody.content['application/json'].schema;
  return resolved(body, document.components.schemas);
}

function resolved(schema: JsonSchema, named: Readonly<Record<string, JsonSchema>>): JsonSchema {
  if (schema.$ref) return resolved(named[schema.$ref.split('/').at(-1)!], named);
  const all = (list?: JsonSchema[]) => list?.map((one) => resolved(one, named));
  const properties =
    schema.properties &&
    Object.fromEntries(Object.entries(schema.properties).map(([name, one]) => [name, resolved(one, named)]));
  return { ...schema, properties, oneOf: all(schema.oneOf), anyOf: all(schema.anyOf) };
}

export function controlOf(schema: JsonSchema): Control {
  const forms = schema.oneOf ?? schema.anyOf;
  if (forms?.every(({ properties }) => properties?.type)) return { kind: 'variants', variants: byType(forms) };
  if (schema.properties) return { kind: 'group', fields: schema.properties };
  if (schema.enum) return { kind: 'choice', values: schema.enum };
  if (schema.const !== undefined) return { kind: 'choice', values: [schema.const] };
  const lists = schema.anyOf?.map(valuesOf);
  if (lists?.every((values) => values !== undefined)) return { kind: 'choice', values: lists.flat() };
  if (schema.type === 'boolean') return { kind: 'flag' };
  if (schema.type === 'string') return { kind: 'text', maxLength: schema.maxLength };
  if (schema.type === 'integer' || schema.type === 'number') {
    const { minimum = schema.exclusiveMinimum, maximum = schema.exclusiveMaximum } = schema;
    return { kind: 'number', minimum, maximum, isInteger: schema.type === 'integer' };
  }
  return { kind: 'json' };
}

/** The values of a schema that has few. */
function valuesOf(schema: JsonSchema): unknown[] | undefined {
  if (schema.type === 'boolean') return [true, false];
  return schema.const === undefined ? schema.enum : [schema.const];
}

/** Objects that are told apart by the constant of their field `type`. */
function byType(schemas: readonly JsonSchema[]): Record<string, JsonSchema> {
  return Object.fromEntries(schemas.map((schema) => [String(schema.properties?.type?.const), schema]));
}

/** What may stand there, in a sentence. */
export function limitsInWords(schema: JsonSchema): string {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const parts = [
    ...(minimum === undefined ? [] : [`at least ${short(minimum)}`]),
    ...(exclusiveMinimum === undefined ? [] : [`above ${short(exclusiveMinimum)}`]),
    ...(maximum === undefined ? [] : [`at most ${countText(maximum)}`]),
    ...(exclusiveMaximum === undefined ? [] : [`below ${short(exclusiveMaximum)}`]),
  ];
  const words = parts.join(', ');
  return words === '' ? '' : `${words[0].toUpperCase()}${words.slice(1)}.`;
}
