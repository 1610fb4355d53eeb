/**
 * The examples that /docs fills in: every request is sent as it stands, and is accepted; every answer is one that its schema allows.
 */
import { describe, expect, test } from 'vitest';
import { examples } from '../../src/http/document/examples.ts';
import { type Json, type TestApp, useApp } from '../support/app.ts';
import { saveCheckpoint } from '../support/checkpoints.ts';
import { ResponseContract } from '../support/openapi.ts';
import { useRedis } from '../support/redis.ts';

const api = useApp(useRedis());

/** Makes what an operation needs, and returns the id that stands in its path or body. */
const before: Record<string, (app: TestApp) => Promise<string>> = {
  predict: async ({ request, checkpoints }) => {
    const { id } = (await request('POST', '/v1/jobs', {})).body;
    await saveCheckpoint(checkpoints, id, 3000, 0.1);
    return id;
  },
  retryJob: async ({ request }) => {
    const { id } = (await request('POST', '/v1/jobs', {})).body;
    await request('POST', `/v1/jobs/${id}/cancel`);
    return id;
  },
};

interface Media {
  example?: unknown;
}

interface Operation {
  method: string;
  path: string;
  operationId: string;
  requestBody?: { content: Record<string, Media> };
}

async function operations(): Promise<Operation[]> {
  const { body } = await api.current.request('GET', '/openapi.json');
  return Object.entries<Json>(body.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );
}

test('every operation with a body has an example of it in the document', async () => {
  for (const { operationId, requestBody } of await operations()) {
    if (!requestBody) continue;
    const shown = Object.values(requestBody.content).filter(({ example }) => example !== undefined);
    expect(shown.length, operationId).toBeGreaterThan(0);
  }
});

test('every answer that is shown is one that its schema allows', async () => {
  const { body } = await api.current.request('GET', '/openapi.json');
  const contract = new ResponseContract(body);
  for (const { operationId, method, path } of await operations()) {
    const { answer } = examples[operationId] ?? {};
    if (answer === undefined) continue;
    const response = new Response(null, { headers: { 'content-type': 'application/json' } });
    contract.check(method, path.replaceAll(/\{\w+\}/g, 'x'), response, JSON.stringify(answer));
  }
});

describe('the request is accepted: ', () => {
  const requests = Object.entries(examples).flatMap(([name, { body = {} }]) =>
    Object.entries(body).map(([type, content]) => [name, type, content] as const),
  );

  test.each(requests)('%s, %s', async (name, type, content) => {
    const operation = (await operations()).find(({ operationId }) => operationId === name)!;
    expect(operation.requestBody?.content[type].example).toEqual(content);
    const id = (await before[name]?.(api.current)) ?? '';
    const isObject = typeof content === 'object' && content !== null;
    const body = type === 'multipart/form-data' ? formOf(content as Record<string, string>) : content;
    const sent = isObject && 'job' in content ? { ...content, job: id } : body;
    const headers: Record<string, string> = type === 'multipart/form-data' ? {} : { 'content-type': type };
    const answer = await api.current.request(operation.method, operation.path.replace('{id}', id), sent, headers);
    expect([200, 201], answer.text).toContain(answer.status);
  });

  function formOf(fields: Record<string, string>): FormData {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) {
      if (name === 'file') form.append(name, new Blob([value]), 'data.csv');
      else form.append(name, value);
    }
    return form;
  }
});
