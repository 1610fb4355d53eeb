/**
 * What a route needs besides its handler: a kind, an example of its body, a line in docs/api.md, and a method of the
 * client. A new route is red here until it has them.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { LookbackClient } from '../../src/client/client.ts';
import { codeWords, pageNamed } from '../architecture/pages.ts';
import { type Json, startApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

interface Operation {
  name: string;
  /** As in `POST /v1/jobs/{id}/cancel`. */
  route: string;
  described: Json;
}

async function operations(): Promise<{ all: Operation[]; tags: string[] }> {
  const { request } = await startApp(redis.current);
  const { body } = await request('GET', '/openapi.json');
  const all = Object.entries<Record<string, Json>>(body.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => ({
      name: described.operationId,
      route: `${method.toUpperCase()} ${path}`,
      described,
    })),
  );
  return { all, tags: body.tags.map(({ name }: Json) => name) };
}

/** A call of every method; `tsc` asks for those that are new. */
const calls: Record<keyof LookbackClient, (client: LookbackClient) => Promise<unknown>[]> = {
  submit: (client) => [client.submit({})],
  importModel: (client) => [client.importModel(new Uint8Array(1))],
  validate: (client) => [client.validate({})],
  job: (client) => [client.job('a')],
  jobs: (client) => [client.jobs()],
  cancel: (client) => [client.cancel('a')],
  pause: (client) => [client.pause('a')],
  resume: (client) => [client.resume('a')],
  retry: (client) => [client.retry('a')],
  cancelJobs: (client) => [client.cancelJobs({ name: 'a' })],
  removeJobs: (client) => [client.removeJobs({ name: 'a' })],
  checkpoints: (client) => [client.checkpoints('a')],
  downloadCheckpoint: (client) => [client.downloadCheckpoint('a')],
  report: (client) => [client.report('a')],
  evaluate: (client) => [client.evaluate('a', 'ds_a')],
  remove: (client) => [client.remove('a')],
  predict: (client) => [client.predict('a', [])],
  predictAny: (client) => [client.predictAny({ job: 'a', sequences: [] })],
  predictAtEnd: (client) => [client.predictAtEnd('a', [])],
  tasks: (client) => [client.tasks()],
  uploadDataset: (client) => [client.uploadDataset('', { format: 'ndjson' })],
  datasets: (client) => [client.datasets()],
  dataset: (client) => [client.dataset('a')],
  previewDataset: (client) => [client.previewDataset('a')],
  doctorOfDataset: (client) => [client.doctorOfDataset('a')],
  removeDataset: (client) => [client.removeDataset('a')],
  aliases: (client) => [client.aliases()],
  alias: (client) => [client.alias('a')],
  setAlias: (client) => [client.setAlias('a', { job: 'a' })],
  removeAlias: (client) => [client.removeAlias('a')],
  aliasHistory: (client) => [client.aliasHistory('a')],
  rollbackAlias: (client) => [client.rollbackAlias('a')],
  explain: (client) => [client.explain({ job: 'a', sequences: [[1]] })],
  openSession: (client) => [client.openSession({ job: 'a' })],
  session: (client) => [client.session('a')],
  step: (client) => [client.step('a', [1])],
  endSession: (client) => [client.endSession('a')],
  events: (client) => [client.events('a').next()],
  watch: (client) => [client.watch().next()],
  eventPage: (client) => [client.eventPage('a')],
  presets: (client) => [client.presets()],
  workers: (client) => [client.workers()],
  isLive: (client) => [client.isLive()],
  readiness: (client) => [client.readiness()],
  metrics: (client) => [client.metrics()],
  openapi: (client) => [client.openapi()],
};

/** What the client asks for, as a server sees it that refuses everything. */
async function requestsOfClient(): Promise<string[]> {
  const seen: string[] = [];
  const server = createServer((request, response) => {
    seen.push(`${request.method} ${request.url?.split('?')[0]}`);
    request.resume();
    response.writeHead(404, { 'content-type': 'application/problem+json' }).end('{}');
  });
  onTestFinished(() => void server.close());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = new LookbackClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await Promise.allSettled(Object.values(calls).flatMap((call) => call(client)));
  return [...new Set(seen)];
}

test('every operation is of a kind that the document describes, and shows an example of its body', async () => {
  const { all, tags } = await operations();
  for (const { name, described } of all) {
    expect(tags, name).toEqual(expect.arrayContaining(described.tags ?? ['none']));
    const bodies = Object.values<Json>(described.requestBody?.content ?? {});
    if (bodies.length > 0)
      expect(
        bodies.some(({ example }) => example !== undefined),
        name,
      ).toBe(true);
  }
});

/** Operations of protocols of others: the clients of those speak them, and that of Lookback has its own in their place. */
function isOfProtocol({ described }: Operation): boolean {
  return described.tags.includes('protocols');
}

test('every operation has a method of the client, but for those of protocols that other clients speak', async () => {
  const all = (await operations()).all.filter((operation) => !isOfProtocol(operation));
  const requests = await requestsOfClient();
  const fits = (route: string) => new RegExp(`^${route.replaceAll(/\{\w+\}/g, '[^/]+')}$`);
  const asked = all.filter(({ route }) => requests.includes(route) || requests.some((one) => fits(route).test(one)));
  const names = all.map(({ name }) => name).filter((name) => !asked.some((one) => one.name === name));
  expect(names).toEqual([]);
  const unknown = requests.filter((one) => !all.some(({ route }) => fits(route).test(one)));
  expect(unknown).toEqual([]);
});

test('every operation is in docs/api.md', async () => {
  const { all } = await operations();
  const words = codeWords(pageNamed('docs/api.md')).flatMap(withoutBraces);
  const missing = all
    .map(({ route }) => route.replaceAll(/\{(\w+)\}/g, ':$1'))
    .filter((route) => !words.includes(route));
  expect(missing).toEqual([]);
});

/** `POST /v1/jobs/:id/{pause,resume}` is two. */
function withoutBraces(word: string): string[] {
  const [, before, list, after] = /^(.*)\{([^}]*,[^}]*)\}(.*)$/.exec(word) ?? [];
  return list === undefined ? [word] : list.split(',').map((one) => before + one.trim() + after);
}
