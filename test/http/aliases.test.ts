/** Aliases: moved in one step, with a history; what one names can be asked for, and stays until it names it no more. */
import { rm } from 'node:fs/promises';

import { pino } from 'pino';
import { expect, test } from 'vitest';
import type { Checkpoint } from '../../src/checkpoints/format/checkpoint.ts';
import { type EncoderState, InputEncoder } from '../../src/data/encoding/encoder.ts';
import { ask } from '../../src/jobs/decisions/verbs.ts';
import { JobRetention } from '../../src/jobs/upkeep/retention.ts';
import { stackOf } from '../../src/model/description.ts';
import { AliasPins } from '../../src/serving/aliases/alias-pins.ts';
import { AliasStore } from '../../src/serving/aliases/alias-store.ts';
import { startApp, type TestApp, useApp } from '../support/app.ts';
import { checkpointOf, saveCheckpoint, smallModel, stepFolder } from '../support/checkpoints.ts';
import { start, succeed } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const api = useApp(redis);
const sequences = [[0, 1, 1]];
const numbers = InputEncoder.plain(1).state;
const strings: EncoderState = { kind: 'strings', features: 1, vocabulary: ['a'], places: [0], unknown: 'refuse' };
let names = 0;
const newName = () => `alias-${++names}`;

async function finishedJob(app: TestApp = api.current): Promise<string> {
  const { id } = (await app.request('POST', '/v1/jobs', {})).body;
  await succeed(app.store, await start(app.store, id));
  for (const step of [1, 2, 3]) await saveCheckpoint(app.checkpoints, id, step, 1 / step);
  return id;
}

async function stepOf(model: string, { request }: TestApp = api.current): Promise<number> {
  const { status, body } = await request('POST', '/predict', { model, sequences });
  expect(status, JSON.stringify(body)).toBe(200);
  expect(body.model).toBe(model);
  return body.checkpoint.step;
}

test('an alias is made, moved, looked at, listed and removed', async () => {
  const { request } = api.current;
  const [job, name] = [await finishedJob(), newName()];
  const path = `/v1/aliases/${name}`;
  const made = await request('PUT', path, { job, checkpoint: 'best' });
  expect(made.status).toBe(201);
  expect(made.body).toMatchObject({ name, job, checkpoint: { step: 3 }, canary: null, version: 1 });
  expect(await stepOf(name)).toBe(3);
  // What comes later is not what it names.
  await saveCheckpoint(api.current.checkpoints, job, 9, 0.01);
  expect(await stepOf(name)).toBe(3);
  const moved = await request('PUT', path, { job, checkpoint: 1 });
  expect(moved.status).toBe(200);
  expect(moved.body).toMatchObject({ checkpoint: { step: 1 }, version: 2 });
  expect(await stepOf(name)).toBe(1);
  expect((await request('GET', path)).body).toEqual(moved.body);
  const history = (await request('GET', `${path}/history`)).body;
  expect(history).toEqual({ data: [moved.body, made.body], nextCursor: null });
  expect((await request('DELETE', path)).status).toBe(204);
  expect((await request('GET', path)).body.code).toBe('alias_not_found');
  const gone = await request('POST', '/predict', { model: name, sequences });
  expect(gone.body).toMatchObject({ status: 404, code: 'alias_not_found' });
});

test('while an alias moves to and fro, each prediction is whole and of one checkpoint or the other', async () => {
  const { request } = api.current;
  const [job, other, name] = [await finishedJob(), await finishedJob(), newName()];
  const path = `/v1/aliases/${name}`;
  const targets = [
    { job, checkpoint: 1 },
    { job: other, checkpoint: 3 },
  ];
  const expected = new Map(
    await Promise.all(
      targets.map(async (target) => {
        const { body } = await request('POST', '/predict', { ...target, sequences });
        return [target.job, { checkpoint: body.checkpoint, predictions: body.predictions }] as const;
      }),
    ),
  );
  await request('PUT', path, targets[0]);
  const moves = Array.from({ length: 40 }, (_, n) => request('PUT', path, targets[n % 2]));
  const asked = Array.from({ length: 200 }, () => request('POST', '/predict', { model: name, sequences }));
  const [moved, answers] = await Promise.all([Promise.all(moves), Promise.all(asked)]);
  // Each change is one version: none is lost, and none counts twice.
  expect(moved.map(({ body }) => body.version).sort((a, b) => a - b)).toEqual(moved.map((_, n) => n + 2));
  for (const { status, body, text } of answers) {
    expect(status, text).toBe(200);
    expect({ checkpoint: body.checkpoint, predictions: body.predictions }).toEqual(expected.get(body.job));
  }
  const history = (await request('GET', `${path}/history`)).body.data;
  const [last] = history;
  expect((await request('GET', path)).body).toEqual(last);
  expect((await request('POST', '/predict', { model: name, sequences })).body.job).toBe(last.job);
});

test('the hash in an answer is that of the weights', async () => {
  const [job, name] = [await finishedJob(), newName()];
  const { body } = await api.current.request('PUT', `/v1/aliases/${name}`, { job, checkpoint: 2 });
  const { data } = (await api.current.request('GET', `/v1/jobs/${job}/checkpoints`)).body;
  expect(body.checkpoint.sha256).toBe(data[1].sha256);
  const predicted = await api.current.request('POST', '/predict', { model: name, sequences });
  expect(predicted.body.checkpoint).toEqual({ step: 2, sha256: data[1].sha256 });
  const direct = await api.current.request('POST', '/predict', { job, checkpoint: 2, sequences });
  expect(direct.body.predictions).toEqual(predicted.body.predictions);
});

test('a rollback goes back to what was named before, or to a version of the history', async () => {
  const { request } = api.current;
  const [job, name] = [await finishedJob(), newName()];
  const path = `/v1/aliases/${name}`;
  for (const checkpoint of [1, 2, 3]) await request('PUT', path, { job, checkpoint });
  expect((await request('POST', `${path}/rollback`)).body).toMatchObject({ checkpoint: { step: 2 }, version: 4 });
  expect(await stepOf(name)).toBe(2);
  expect((await request('POST', `${path}/rollback`)).body).toMatchObject({ checkpoint: { step: 3 }, version: 5 });
  expect((await request('POST', `${path}/rollback`, { version: 1 })).body).toMatchObject({ checkpoint: { step: 1 } });
  const unknown = await request('POST', `${path}/rollback`, { version: 99 });
  expect(unknown.body).toMatchObject({ status: 404, code: 'version_not_found' });
  await rm(stepFolder(api.current.folder, job, 2), { recursive: true });
  const removed = await request('POST', `${path}/rollback`, { version: 2 });
  expect(removed.body).toMatchObject({ status: 409, code: 'checkpoint_gone' });
  expect(await stepOf(name)).toBe(1);
});

test('a canary answers the same requests as what it stands beside, or is refused', async () => {
  const { request, checkpoints } = api.current;
  const [job, name] = [await finishedJob(), newName()];
  const canaries: [string, Partial<Checkpoint>, string][] = [
    ['of other classes', checkpointOf(1, 1, stackOf({ features: 1, classes: 3, units: [2] })), 'has 3 classes'],
    ['of two features', checkpointOf(1, 1, stackOf({ features: 2, classes: 4, units: [2] })), 'takes 2 numbers a step'],
    ['of strings', { encoding: { inputs: strings, labels: null } }, 'takes strings'],
    [
      'of named classes',
      { encoding: { inputs: numbers, labels: ['a', 'b', 'c', 'd'] } },
      'has the classes "a", "b", "c"',
    ],
    [
      'of whole sequences',
      { model: { ...smallModel, head: { ...smallModel.head, at: 'end' } } },
      'has one label for a',
    ],
  ];
  for (const [kind, checkpoint, difference] of canaries) {
    const other = (await request('POST', '/v1/jobs', {})).body.id;
    await checkpoints.save(other, { ...checkpointOf(1), ...checkpoint });
    const refused = await request('PUT', `/v1/aliases/${name}`, {
      job,
      canary: { job: other, checkpoint: 1, share: 0.5 },
    });
    expect(refused.status, kind).toBe(400);
    expect(refused.body.detail).toContain(`canary.checkpoint is of a model that ${difference}`);
    expect(refused.body.detail).toMatch(/where that of the alias (takes|has) .*: a canary answers the same requests/);
    // Nothing keeps what was refused.
    expect((await request('DELETE', `/v1/jobs/${other}`)).status).toBeLessThan(300);
  }
  expect((await request('GET', `/v1/aliases/${name}`)).status).toBe(404);
});

test('a canary gets its share', async () => {
  const { request } = api.current;
  const [job, other, name] = [await finishedJob(), await finishedJob(), newName()];
  const canary = { job: other, checkpoint: 2, share: 0.3 };
  const without = await request('PUT', `/v1/aliases/${name}`, { job, checkpoint: 3, canary: null });
  expect([without.status, without.body.canary]).toEqual([201, null]);
  const { body } = await request('PUT', `/v1/aliases/${name}`, { job, checkpoint: 3, canary });
  expect(body.canary).toMatchObject({ job: other, checkpoint: { step: 2 }, share: 0.3 });
  const answers = await Promise.all(
    Array.from({ length: 300 }, () => request('POST', '/predict', { model: name, sequences })),
  );
  const toCanary = answers.filter((answer) => answer.body.job === other);
  expect(toCanary.every((answer) => answer.body.checkpoint.step === 2)).toBe(true);
  // Binomial of 300 and 0.3: 90, and five standard deviations of 7.9 to either side.
  expect(toCanary.length).toBeGreaterThan(50);
  expect(toCanary.length).toBeLessThan(130);
});

test.each([
  ['a job that is not there', { job: 'job_missing' }, 404, 'job_not_found'],
  ['a checkpoint that is not there', { checkpoint: 77 }, 404, 'checkpoint_not_found'],
  ['no job', { job: undefined }, 400, 'invalid_input'],
  ['a share of all', { canary: { checkpoint: 1, share: 1 } }, 400, 'invalid_input'],
  ['an unknown field', { colour: 'red' }, 400, 'invalid_input'],
])('%s is refused, and the alias stays as it is', async (_, change, status, code) => {
  const [job, name] = [await finishedJob(), newName()];
  await api.current.request('PUT', `/v1/aliases/${name}`, { job, checkpoint: 1 });
  const refused = await api.current.request('PUT', `/v1/aliases/${name}`, { job, checkpoint: 2, ...change });
  expect(refused.body).toMatchObject({ status, code });
  expect(await stepOf(name)).toBe(1);
});

test.each(['job_looks-like-a-job', '.hidden', 'a b'])('%s is no name', async (name) => {
  const job = await finishedJob();
  const { status } = await api.current.request('PUT', `/v1/aliases/${encodeURIComponent(name)}`, { job });
  expect(status).toBe(400);
});

test('pages of aliases follow each other', async () => {
  const app = await startApp(redis.current);
  const job = await finishedJob(app);
  for (const name of ['c', 'a', 'b']) await app.request('PUT', `/v1/aliases/${name}`, { job });
  const first = (await app.request('GET', '/v1/aliases?limit=2')).body;
  expect(first.data.map(({ name }: { name: string }) => name)).toEqual(['a', 'b']);
  const second = (await app.request('GET', `/v1/aliases?limit=2&cursor=${first.nextCursor}`)).body;
  expect(second).toMatchObject({ data: [{ name: 'c' }], nextCursor: null });
});

test('what an alias names is not deleted: not by itself, not in bulk, not by age, not by a new beginning', async () => {
  const app = await startApp(redis.current);
  const [named, free] = [await finishedJob(app), await finishedJob(app)];
  await app.request('PUT', '/v1/aliases/serving', { job: named, checkpoint: 2 });
  const refused = await app.request('DELETE', `/v1/jobs/${named}`);
  expect(refused.body).toMatchObject({ status: 409, code: 'in_use', detail: expect.stringContaining('alias serving') });
  const keepNone = { ms: Number.POSITIVE_INFINITY, count: 0 };
  const retention = new JobRetention(
    { store: app.store, jobs: app.service, logger: pino({ level: 'silent' }) },
    keepNone,
  );
  expect(await retention.pass()).toBe(1);
  expect((await app.request('GET', `/v1/jobs/${free}`)).status).toBe(404);
  const bulk = await app.request('DELETE', '/v1/jobs?status=succeeded');
  expect(bulk.body.data).toEqual([]);
  expect(await stepOf('serving', app)).toBe(2);
  await app.request('DELETE', '/v1/aliases/serving');
  expect((await app.request('DELETE', `/v1/jobs/${named}`)).status).toBe(204);
});

test('a job that an alias names does not begin again, and one that begins again gets no alias', async () => {
  const { request, store } = api.current;
  const { id } = (await request('POST', '/v1/jobs', {})).body;
  await saveCheckpoint(api.current.checkpoints, id, 1, 1);
  await request('POST', `/v1/jobs/${id}/cancel`);
  const name = newName();
  expect((await request('PUT', `/v1/aliases/${name}`, { job: id })).status).toBe(201);
  const again = await request('POST', `/v1/jobs/${id}/retry`, { from: 'beginning' });
  expect(again.body).toMatchObject({ status: 409, code: 'in_use' });
  await request('DELETE', `/v1/aliases/${name}`);
  await store.change(id, ask('retry', new Date(), { startFrom: 'beginning' }));
  const late = await request('PUT', `/v1/aliases/${name}`, { job: id });
  expect(late.body).toMatchObject({ status: 409, code: 'restarting' });
});

test('a checkpoint that an alias names is not pruned, and goes when no alias names it any more', async () => {
  const { request, checkpoints } = api.current;
  const [job, name] = [await finishedJob(), newName()];
  const path = `/v1/aliases/${name}`;
  await request('PUT', path, { job, checkpoint: 1, canary: { checkpoint: 2, share: 0.5 } });
  const prune = async () => {
    const left = await checkpoints.prune(job, await checkpoints.list(job), { last: 1, best: 1 });
    expect(await checkpoints.list(job)).toEqual(left);
    return left.map(({ step }) => step);
  };
  expect(await prune()).toEqual([1, 2, 3]);
  await request('PUT', path, { job, checkpoint: 2 });
  expect(await prune()).toEqual([2, 3]);
  await request('DELETE', path);
  expect(await prune()).toEqual([3]);
});

test('of two processes each hears of what the other changes', async () => {
  const one = await startApp(redis.current, { prefix: 'shared' });
  const two = await startApp(redis.current, { prefix: 'shared', folder: one.folder });
  const job = await finishedJob(one);
  for (const [app, checkpoint] of [
    [one, 1],
    [two, 2],
    [one, 3],
  ] as const) {
    await app.request('PUT', '/v1/aliases/shared', { job, checkpoint });
    expect(await stepOf('shared', app)).toBe(checkpoint);
    for (const other of [one, two]) await expect.poll(() => stepOf('shared', other)).toBe(checkpoint);
  }
});

test('aliases that were asked for go on while Redis is away, and are read again when it is back', async () => {
  const own = await startApp(redis.current);
  const job = await finishedJob(own);
  await own.request('PUT', '/v1/aliases/steady', { job, checkpoint: 2 });
  expect(await stepOf('steady', own)).toBe(2);
  await redis.current.kill();
  expect(await stepOf('steady', own)).toBe(2);
  const unknown = await own.request('POST', '/predict', { model: 'unheard-of', sequences });
  expect(unknown.body).toMatchObject({ status: 503, code: 'unavailable' });
  await redis.current.start();
  await own.reconnected();
  await expect
    .poll(() => own.request('PUT', '/v1/aliases/steady', { job, checkpoint: 3 }))
    .toMatchObject({ status: 200 });
  expect(await stepOf('steady', own)).toBe(3);
});

test('a pin whose alias was never written, or has given it up, goes; one that an alias has stays', async () => {
  const { redis: connection, keys, checkpoints, request } = api.current;
  const [job, name] = [await finishedJob(), newName()];
  const pins = new AliasPins(connection, keys, checkpoints.pins, new AliasStore(connection, keys));
  const isPinned = (step: number) => checkpoints.pins.isPinned(job, step);
  await request('PUT', `/v1/aliases/${name}`, { job, checkpoint: 1 });
  expect(await connection.zcard(keys.aliasPins)).toBe(0);
  // As a process that ended before it wrote the alias, and one that ended before it had said so.
  const { pin } = await pins.add(job, 2);
  const [named] = (await new AliasStore(connection, keys).get(name)).pins;
  await pins.question([named]);
  await pins.pass();
  expect([await isPinned(1), await isPinned(2)]).toEqual([true, true]);

  const longAgo = Date.now() - 3_600_000;
  await connection.zadd(keys.aliasPins, longAgo, `${job} ${pin}`, longAgo, `${job} ${named.pin}`);
  await pins.pass();
  expect([await isPinned(1), await isPinned(2)]).toEqual([true, false]);
  expect(await connection.zcard(keys.aliasPins)).toBe(0);
});
