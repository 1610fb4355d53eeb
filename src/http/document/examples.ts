/**
 * Writes examples into the OpenAPI document: what /docs fills in when somebody tries a route, and what it shows of
 * answers. The examples themselves are in `examples/`.
 */

import type { Problem } from '../schemas.ts';
import { exampleAlias, exampleIdIn } from './examples/ids.ts';
import { operationExamples } from './examples/operations.ts';
import { parameterExample } from './examples/parameters.ts';
import { problemExample } from './examples/problems.ts';

type Content = Record<string, { example?: unknown }>;

interface Operation {
  operationId?: string;
  parameters?: { name: string; in: string; example?: unknown; schema: { examples?: unknown[] } }[];
  requestBody?: { content: Content };
  responses?: Record<string, { content?: Content }>;
}

/** Adds to the operations of a document an example of each parameter, body and answer. */
export function addExamples(paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>): void {
  for (const [path, methods] of Object.entries(paths)) {
    for (const operation of Object.values(methods) as Operation[]) addTo(operation, path);
  }
}

function addTo({ operationId = '', parameters = [], requestBody, responses = {} }: Operation, path: string): void {
  const { body = {}, answer = {} } = operationExamples[operationId] ?? {};
  for (const parameter of parameters) {
    const example = parameterExample(operationId, path, parameter.name);
    if (example === undefined) continue;
    if (parameter.in === 'path') parameter.example = example;
    else parameter.schema = { ...parameter.schema, examples: [example] };
  }
  if (requestBody) requestBody.content = withExamples(requestBody.content, body);
  const asked = path
    .replace('{id}', exampleIdIn(path))
    .replace('{step}', 'latest')
    .replace(/\{(name|model)\}/, exampleAlias)
    .replace('{version}', '3000');
  for (const [status, response] of Object.entries(responses)) {
    const examples = Number(status) < 400 ? answer : errorExamples(problemExample(operationId, status, asked));
    if (response.content) response.content = withExamples(response.content, examples);
  }
}

/** A failure as a problem document, and as the protocols have it. */
function errorExamples(problem: Problem): Readonly<Record<string, unknown>> {
  return { 'application/problem+json': problem, 'application/json': { error: problem.detail } };
}

/** A copy, since the responses of an operation may share one. */
function withExamples(content: Content, examples: Readonly<Record<string, unknown>>): Content {
  return Object.fromEntries(
    Object.entries(content).map(([type, media]) => [
      type,
      type in examples ? { ...media, example: examples[type] } : media,
    ]),
  );
}
