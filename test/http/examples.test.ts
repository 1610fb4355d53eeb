/**
 * The examples of the document: every parameter, body and answer has one that its schema allows; every request is sent
 * as it stands and succeeds; and the problems that a request can bring about are those that are shown.
 */
import { once } from 'node:events';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';
import { InputEncoder } from '../../src/data/encoding/encoder.ts';
import type { Report } from '../../src/diagnosis/report/report-schema.ts';
import { ReportStore } from '../../src/diagnosis/report/report-store.ts';
import { exampleAlias, exampleDataset, exampleIdIn, exampleJob } from '../../src/http/document/examples/ids.ts';
import { refused } from '../../src/http/document/examples/problems.ts';
import { stackOf } from '../../src/model/description.ts';
import { openStore } from '../../src/storage/open.ts';
import { type Answer, type Json, startApp, type TestApp, useApp } from '../support/app.ts';
import { checkpointOf, saveCheckpoint } from '../support/checkpoints.ts';
import { SchemaChecks } from '../support/openapi.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const api = useApp(redis);

interface Media {
  schema: object;
  example?: Json;
}

interface Parameter {
  name: string;
  in: string;
  example?: Json;
  schema: { examples?: Json[] };
}

interface Operation {
  method: string;
  path: string;
  operationId: string;
  tags: string[];
  parameters?: Parameter[];
  requestBody?: { content: Record<string, Media> };
  responses: Record<string, { content?: Record<string, Media> }>;
}

interface Described {
  operations: Operation[];
  checks: SchemaChecks;
}

/** Asked once: it is large, and its schemas take a while to compile. */
let asked: Promise<Described> | undefined;

function document(): Promise<Described> {
  asked ??= askDocument();
  return asked;
}

async function askDocument(): Promise<Described> {
  const { body } = await api.current.request('GET', '/openapi.json');
  const operations = Object.entries<Json>(body.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, operation]) => ({ ...operation, path, method: method.toUpperCase() })),
  );
  return { operations, checks: new SchemaChecks(body) };
}

/** What is shown of a failure: a problem document, or what the protocols have. */
function shownFailure({ responses }: Operation, status: number): Json | undefined {
  return Object.values(responses[status]?.content ?? {})[0]?.example;
}

async function named(operationId: string): Promise<Operation> {
  return (await document()).operations.find((operation) => operation.operationId === operationId)!;
}

/** Bodies that are no text. */
const withoutExample = (operationId: string, type: string) =>
  type === 'application/zip' || (/^(infer|download)/.test(operationId) && type === 'application/octet-stream');

test('every parameter, body and answer has an example that its schema allows', async () => {
  const { operations, checks } = await document();
  const missing: string[] = [];
  for (const { operationId, parameters = [], requestBody, responses } of operations) {
    const contents = [requestBody?.content ?? {}, ...Object.values(responses).map(({ content }) => content ?? {})];
    const media = contents.flatMap((content) => Object.entries(content));
    for (const [type, { schema, example }] of media) {
      if (withoutExample(operationId, type)) continue;
      if (example === undefined) missing.push(`${operationId}: ${type}`);
      else if (type !== 'multipart/form-data') expect(checks.mistakes(schema, example), operationId).toBeNull();
    }
    for (const { name, schema, example = schema.examples?.[0] } of parameters) {
      if (example === undefined) missing.push(`${operationId}: ${name}`);
      else expect(checks.mistakes(schema, example), `${operationId}: ${name}`).toBeNull();
    }
  }
  expect(missing).toEqual([]);
});

/** Puts a job into the state that a verb needs. */
const jobsFor: Record<string, (app: TestApp, id: string) => Promise<unknown>> = {
  resumeJob: ({ request }, id) => request('POST', `/v1/jobs/${id}/pause`),
  retryJob: ({ request }, id) => request('POST', `/v1/jobs/${id}/cancel`),
  downloadCheckpoint: ({ checkpoints }, id) => saveCheckpoint(checkpoints, id, 3000, 0.1),
  listCheckpoints: ({ checkpoints }, id) => saveCheckpoint(checkpoints, id, 3000, 0.1),
  predict: ({ checkpoints }, id) => saveCheckpoint(checkpoints, id, 3000, 0.1),
  evaluateJob: async ({ request, checkpoints }, id) => {
    const type = 'application/x-ndjson';
    const { content } = (await named('uploadDataset')).requestBody!;
    await request('POST', '/v1/datasets', content[type].example, { 'content-type': type });
    const model = stackOf({ features: 1, classes: 2, units: [3] });
    const encoding = { inputs: InputEncoder.plain(1).state, labels: ['rest', 'walk'] };
    await checkpoints.save(id, { ...checkpointOf(3000, 0.1, model), encoding });
  },
  explain: ({ checkpoints }, id) => saveCheckpoint(checkpoints, id, 3000, 0.1),
  getReport: async ({ folder }, id) => {
    const { responses } = await named('getReport');
    await new ReportStore(await openStore(folder)).save(
      id,
      responses[200].content!['application/json'].example as Report,
    );
  },
};

/** The id of a thing that the operation can be tried on; '' where it needs none. */
async function idFor({ operationId, path }: Operation): Promise<string> {
  const { request } = api.current;
  if (path.startsWith('/v1/datasets/')) {
    const { content } = (await named('uploadDataset')).requestBody!;
    const type = 'application/x-ndjson';
    return (await request('POST', '/v1/datasets', content[type].example, { 'content-type': type })).body.id;
  }
  const isPrediction = path.startsWith('/predict');
  const isOfAliases = path.startsWith('/v1/aliases');
  const isOfSessions = path.startsWith('/v1/sessions');
  if (path.includes('{model}')) {
    await nameTwice((await request('POST', '/v1/jobs', {})).body.id);
    return '';
  }
  if (!path.includes('{id}') && !isPrediction && !isOfAliases && !isOfSessions) return '';
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  if (isOfAliases) await nameTwice(id);
  if (isOfSessions) await saveCheckpoint(api.current.checkpoints, id, 3000, 0.1);
  if (path.startsWith('/v1/sessions/')) return (await request('POST', '/v1/sessions', { job: id })).body.id;
  await jobsFor[operationId]?.(api.current, id);
  return id;
}

/** Gives the job the alias of the examples, in two versions. */
async function nameTwice(job: string): Promise<void> {
  const { checkpoints, request } = api.current;
  await saveCheckpoint(checkpoints, job, 3000, 0.1);
  for (let version = 0; version < 2; version++) await request('PUT', '/v1/aliases/digits', { job });
}

/** What a caller sends besides the examples of the path: a body of a type, and some of the other parameters. */
interface Sent {
  type?: string;
  parameters?: Parameter[];
}

async function send(operation: Operation, { type, parameters = [] }: Sent): Promise<Answer> {
  const id = await idFor(operation);
  const path = operation.path.replaceAll(/\{(\w+)\}/g, (_, name) =>
    name === 'id' ? id : operation.parameters!.find((parameter) => parameter.name === name)!.example,
  );
  const valuesIn = (place: string) =>
    Object.fromEntries(
      parameters.filter((one) => one.in === place).map(({ name, schema }) => [name, String(schema.examples![0])]),
    );
  const headers: Record<string, string> = valuesIn('header');
  if (operation.operationId === 'followEvents') headers.accept = 'application/json';
  const example = type && operation.requestBody?.content[type].example;
  const isForm = type === 'multipart/form-data';
  const body = isForm ? formOf(example) : example?.job ? { ...example, job: id } : example;
  if (type && !isForm) headers['content-type'] = type;
  const query = new URLSearchParams(valuesIn('query'));
  return api.current.request(operation.method, `${path}?${query}`, body, headers);
}

function formOf(fields: Record<string, string>): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'file') form.append(name, new Blob([value]), 'data.csv');
    else form.append(name, value);
  }
  return form;
}

describe('requests as they are shown succeed', () => {
  test('with the body of each type', async () => {
    for (const operation of (await document()).operations) {
      for (const type of Object.keys(operation.requestBody?.content ?? {})) {
        const parameters = operation.operationId === 'uploadDataset' ? uploadParameters(operation, type) : [];
        const answer = await send(operation, { type, parameters });
        expect([200, 201], `${operation.operationId}, ${type}: ${answer.text}`).toContain(answer.status);
      }
    }
  });

  test('with no optional parameter, and with each', async () => {
    for (const operation of (await document()).operations) {
      const optional = (operation.parameters ?? []).filter((parameter) => parameter.in !== 'path');
      const [type] = Object.keys(operation.requestBody?.content ?? {});
      const filters = ['cancelJobs', 'deleteJobs'].includes(operation.operationId)
        ? optional.filter(({ name }) => name === 'name')
        : [];
      for (const one of [undefined, ...optional]) {
        const parameters = [...new Set([...filters, ...(one ? [one] : [])])];
        // The stream of all jobs has no end: event-feed.test.ts reads it.
        if (['uploadDataset', 'watchJobs'].includes(operation.operationId)) continue;
        const answer = await send(operation, { type, parameters });
        const where = `${operation.operationId} ${parameters.map(({ name }) => name)}: ${answer.text}`;
        expect([200, 201, 204, 206], where).toContain(answer.status);
      }
    }
  });

  /** CSV needs its mapping, and a type that may be either needs the format, which for the example is NDJSON. */
  function uploadParameters({ parameters = [] }: Operation, type: string): Parameter[] {
    const csv = type.endsWith('/csv') ? ['mapping', 'format', 'name'] : ['name'];
    const found = parameters.filter(({ name }) => csv.includes(name));
    const isEither = ['text/plain', 'application/octet-stream'].includes(type);
    const format = parameters.find(({ name }) => name === 'format')!;
    return isEither ? [...found, { ...format, schema: { examples: ['ndjson'] } }] : found;
  }
});

describe('problems are those that are shown', () => {
  test('of things that are not there', async () => {
    // The dataset of the example has its id from its content: where other tests upload it, it is there.
    const { request } = await startApp(redis.current);
    const bodies: Record<string, object> = {
      predict: { job: exampleJob, sequences: [[0]] },
      setAlias: { job: exampleJob },
      openSession: { job: exampleJob },
      explain: { job: exampleJob, sequences: [[0]] },
      step: { steps: [0] },
      evaluateJob: { dataset: exampleDataset },
      infer: { inputs: [{ name: 'inputs', datatype: 'FP32', shape: [1, 1], data: [0] }] },
      servingPredict: { instances: [[0]] },
    };
    for (const operation of (await document()).operations) {
      const shown = shownFailure(operation, 404);
      if (!shown) continue;
      const body = bodies[operation.operationId.replace(/Version$/, '')];
      const answer = await request(operation.method, shownPath(operation), body);
      expect(answer.body, operation.operationId).toEqual(shown);
    }
  });

  test('of a foreign host, a foreign origin, a request without a host, and a body of another type', async () => {
    for (const operation of (await document()).operations) {
      const { method, operationId } = operation;
      const shown = (status: number) => shownFailure(operation, status);
      expect(await ask(method, shownPath(operation), { host: refused.host }), operationId).toEqual(shown(421));
      if (shown(403)) {
        expect(await ask(method, shownPath(operation), { origin: refused.origin }), operationId).toEqual(shown(403));
      }
      if (shown(415)) {
        // The protocols take a body of any type, but not of any encoding.
        const isOfProtocol = operation.tags.includes('protocols');
        const [name, value] = isOfProtocol ? ['content-encoding', 'zstd'] : ['content-type', refused.type];
        const headers = { [name]: value, 'content-length': '1' };
        expect(await ask(method, shownPath(operation), headers, 'x'), operationId).toEqual(shown(415));
      }
      if (shown(400).code === 'malformed_http') {
        expect(await askWithoutHost(method, shownPath(operation)), operationId).toEqual(shown(400));
      }
    }
  });

  test('of a page that is too short, steps that are too few, and events of another type', async () => {
    for (const name of ['listJobs', 'followEvents', 'listCheckpoints', 'listDatasets']) {
      const operation = await named(name);
      const answer = await api.current.request('GET', `${shownPath(operation)}?limit=0`);
      expect(answer.body).toEqual(operation.responses[400].content!['application/problem+json'].example);
    }
    for (const name of ['submitJob', 'validateJob']) {
      const operation = await named(name);
      const answer = await api.current.request('POST', operation.path, { training: { steps: 0 } });
      expect(answer.body).toEqual(operation.responses[400].content!['application/problem+json'].example);
    }
    const events = await named('followEvents');
    const answer = await ask('GET', shownPath(events), { accept: refused.type });
    expect(answer).toEqual(events.responses[406].content!['application/problem+json'].example);
  });

  function shownPath({ path }: Operation): string {
    return path
      .replace('{id}', exampleIdIn(path))
      .replace('{step}', 'latest')
      .replace(/\{(name|model)\}/, exampleAlias)
      .replace('{version}', '3000');
  }

  /** With headers that `fetch` does not let a caller set. */
  async function ask(method: string, path: string, headers: Record<string, string>, body?: string): Promise<Json> {
    const request = httpRequest(`${api.current.url}${path}`, { method, headers });
    request.end(body);
    const [response] = await once(request, 'response');
    return JSON.parse(await text(response));
  }

  async function askWithoutHost(method: string, path: string): Promise<Json> {
    const { port, hostname } = new URL(api.current.url);
    const socket = connect(Number(port), hostname);
    socket.write(`${method} ${path} HTTP/1.1\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
    return JSON.parse((await text(socket)).split('\r\n\r\n')[1]);
  }
});
