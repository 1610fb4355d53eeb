/**
 * docker-compose.yml and Dockerfile on a real engine, from the build to an upgrade: each test goes on with the
 * deployment as the one before left it.
 *
 * CONTAINER_TESTS=short takes the layers of earlier builds where there are some, and leaves the upgrade out.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, expect, inject, onTestFinished, test } from 'vitest';
import type { RemoteEvent, RemoteJob } from '../../src/client/client.ts';
import { eventually, finalHash, firstEvent, followToEnd, hasTrained, slowSpec } from '../support/cluster.ts';
import { Deployment, docker, root } from './deployment.ts';

const isShort = process.env.CONTAINER_TESTS === 'short';
const megabyte = 1e6;
/** Where the packages changed since the commit before, its images are built from nothing. */
const upgradeMs = 900_000;
/** Long enough to be disturbed in the middle. */
const spec = slowSpec({ training: { steps: 2_000, reportEvery: 20, checkpointEvery: 100 } });
/** `auto` takes TensorFlow for it. */
const largeSpec = {
  engine: 'auto' as const,
  model: { layers: 2, units: 256 },
  data: { batchSize: 64, sequenceLength: 100 },
  training: { steps: 3, reportEvery: 1, checkpointEvery: 3 },
};

let deployment: Deployment;
/** Of the weights that an undisturbed run of `spec` ends with. */
let undisturbed: string | undefined;

beforeAll(async () => {
  deployment = await Deployment.prepare(inject('project'));
  await deployment.use({ root, tag: 'now' });
  await deployment.up(1);
});

test('the images stay small', async () => {
  const sizeOf = async (image: string) => Number(await docker('image', 'inspect', '--format', '{{.Size}}', image));
  const base = await sizeOf(process.env.NODE_IMAGE ?? 'node:22-bookworm-slim');
  expect((await sizeOf(deployment.image('api'))) - base).toBeLessThan(120 * megabyte);
  expect((await sizeOf(deployment.image('worker'))) - base).toBeLessThan(1_000 * megabyte);
});

test('no image has a package that is for development alone', async () => {
  const { packages } = JSON.parse(await readFile(path.join(root, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { dev?: boolean }>;
  };
  for (const service of ['api', 'worker'] as const) {
    const [container] = await deployment.containers(service);
    const there = (await deployment.exec(container, 'ls -d node_modules/* node_modules/@*/*')).split('\n');
    expect(there).toContain('node_modules/fastify');
    expect(there.filter((folder) => packages[folder]?.dev)).toEqual([]);
  }
});

test('the library that reads Keras files is there once, and loads', async () => {
  const load = 'import("h5wasm").then(({ ready }) => ready).then(({ FS }) => console.log(typeof FS.writeFile))';
  for (const service of ['api', 'worker'] as const) {
    const [container] = await deployment.containers(service);
    expect(await deployment.exec(container, 'ls node_modules/h5wasm/dist')).toBe('esm');
    expect(await deployment.exec(container, `node -e '${load}'`)).toBe('function');
  }
});

test('nothing has rights that it does not need, and nobody reads the password of Redis', async () => {
  const [api] = await deployment.containers('api');
  const password = await deployment.exec(api, 'cat /run/lookback/redis-password');
  expect(password.length).toBeGreaterThanOrEqual(40);
  for (const service of ['api', 'worker', 'redis'] as const) {
    const [container] = await deployment.containers(service);
    const { Config, HostConfig } = await deployment.inspect(container);
    expect(HostConfig).toMatchObject({ ReadonlyRootfs: true, CapDrop: ['ALL'] });
    expect(await deployment.exec(container, 'id -u')).not.toBe('0');
    const process = await deployment.exec(container, 'cat /proc/1/status');
    expect(process).toMatch(/CapEff:\t0000000000000000/);
    expect(process).toMatch(/NoNewPrivs:\t1/);
    await expect(deployment.exec(container, 'touch /etc/written')).rejects.toThrow(/Read-only file system/);
    expect(JSON.stringify([Config.Env, Config.Cmd])).not.toContain(password);
    if (service !== 'api') expect(HostConfig.PortBindings ?? {}).toEqual({});
  }
  const [redis] = await deployment.containers('redis');
  expect(await deployment.exec(redis, 'redis-cli ping')).toMatch(/NOAUTH/);
  expect(await deployment.compose('logs')).not.toContain(password);
});

test('both engines train, auto takes TensorFlow for a large model, and predictions come', async () => {
  const { client } = deployment;
  const training = { steps: 20, reportEvery: 10, checkpointEvery: 20 };
  for (const engine of ['simd', 'tensorflow'] as const) {
    expect(await trained({ engine, training })).toMatchObject({ status: 'succeeded', engine: { name: engine } });
  }
  const large = await trained(largeSpec);
  expect(large).toMatchObject({ status: 'succeeded', engine: { name: 'tensorflow' } });
  const { predictions } = await client.predict(large.id, [[0, 1, 1]]);
  expect(predictions[0].classes).toHaveLength(3);
  const job = await trained(spec);
  undisturbed = await finalHash(deployment.url, job);
  expect(undisturbed).toMatch(/^[0-9a-f]{64}$/);
});

test('of three workers one is killed: its job goes on elsewhere, to the same bits', async () => {
  await deployment.up(3);
  const { client } = deployment;
  const jobs = await Promise.all([1, 2, 3].map(() => client.submit(spec)));
  await Promise.all(jobs.map(({ id }) => firstEvent(client, id, hasTrained(200))));
  expect(new Set((await deployment.workers()).map(({ job }) => job))).toEqual(new Set(jobs.map(({ id }) => id)));
  const [victim] = await deployment.containers('worker');
  await docker('kill', victim);
  await Promise.all(jobs.map(({ id }) => followToEnd(client, id)));
  const ended = await Promise.all(jobs.map(({ id }) => client.job(id)));
  expect(ended.map(({ status }) => status)).toEqual(['succeeded', 'succeeded', 'succeeded']);
  expect(ended.map(({ attempt }) => attempt).sort()).toEqual([1, 1, 2]);
  expect(await hashesOf(ended)).toEqual([undisturbed, undisturbed, undisturbed]);
});

test('the API is killed while it streams: the stream goes on without a gap, and the job never noticed', async () => {
  await deployment.up(1);
  const { client } = deployment;
  const job = await client.submit(spec);
  const seen: RemoteEvent[] = [];
  const following = (async () => {
    for await (const event of client.events(job.id)) seen.push(event);
  })();
  await eventually(
    async () => seen,
    (events) => events.some(hasTrained(200)),
  );
  const [api] = await deployment.containers('api');
  await docker('kill', api);
  await deployment.compose('up', '--detach', '--no-build', '--no-recreate', 'api');
  await following;
  expect(seen.map(({ id }) => id)).toEqual(seen.map((_, i) => i + 1));
  expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', attempt: 1 });
  expect(await hashesOf([job])).toEqual([undisturbed]);
});

test('Redis is restarted under a running job, which ends as ever', async () => {
  const { client } = deployment;
  const job = await client.submit(spec);
  await firstEvent(client, job.id, hasTrained(200));
  await deployment.compose('restart', 'redis');
  const ended = await eventually(
    () => client.job(job.id).catch(() => null),
    (found) => found?.status === 'succeeded',
  );
  expect(ended).toMatchObject({ attempt: 1 });
  expect(await hashesOf([job])).toEqual([undisturbed]);
});

test('compose stop keeps to the grace period and hands the job back; up goes on with it, on the same volumes', async () => {
  const { client } = deployment;
  const job = await client.submit(spec);
  await firstEvent(client, job.id, hasTrained(200));
  const since = performance.now();
  await deployment.compose('stop');
  expect(performance.now() - since).toBeLessThan(60_000);
  for (const service of ['api', 'worker', 'redis'] as const) {
    const [container] = await deployment.containers(service);
    expect({ service, ...(await deployment.inspect(container)).State }).toMatchObject({ service, ExitCode: 0 });
  }
  await deployment.up(1);
  await followToEnd(client, job.id);
  expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', attempt: 2 });
  expect(await hashesOf([job])).toEqual([undisturbed]);
});

test.skipIf(isShort)(
  'images of the commit before are upgraded under a running job, and nothing is lost',
  async (context) => {
    const before = await commitBefore().catch((error: Error) => context.skip(error.message));
    const old = await Deployment.prepare();
    onTestFinished(async () => {
      await rm(before, { recursive: true });
      expect(await old.remove()).toEqual([]);
    });
    await old.use({ root: before, tag: 'before' });
    await old.compose('build', 'api', 'worker');
    await old.up(1);
    const done = await old.client.submit({ engine: 'simd', training: { steps: 20 } });
    await followToEnd(old.client, done.id);
    const job = await old.client.submit(spec);
    await firstEvent(old.client, job.id, hasTrained(200));

    await old.use({ root, tag: 'now' });
    await old.compose('build', 'api', 'worker');
    await old.up(1);
    expect(await old.client.job(done.id)).toMatchObject({ status: 'succeeded' });
    expect((await old.client.predict(done.id, [[0, 1]])).predictions).toHaveLength(1);
    await followToEnd(old.client, job.id);
    expect(await old.client.job(job.id)).toMatchObject({ status: 'succeeded' });
    expect(await finalHash(old.url, job)).toBe(undisturbed);
  },
  upgradeMs,
);

async function trained(request: Parameters<Deployment['client']['submit']>[0]): Promise<RemoteJob> {
  const job = await deployment.client.submit(request);
  await followToEnd(deployment.client, job.id);
  return deployment.client.job(job.id);
}

function hashesOf(jobs: readonly RemoteJob[]): Promise<(string | undefined)[]> {
  return Promise.all(jobs.map((job) => finalHash(deployment.url, job)));
}

/** A folder with the files of the commit before this one. @throws where there is none, as in a shallow clone. */
async function commitBefore(): Promise<string> {
  // With the modes of a clone: other modes are other files to the engine's cache.
  const archive = execFileSync('git', ['-c', 'tar.umask=user', 'archive', 'HEAD~1'], {
    cwd: root,
    maxBuffer: 1 << 30,
    stdio: 'pipe',
  });
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-before-'));
  await mkdir(folder, { recursive: true });
  execFileSync('tar', ['--extract', '--directory', folder], { input: archive });
  return folder;
}
