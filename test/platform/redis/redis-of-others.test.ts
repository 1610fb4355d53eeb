/**
 * The whole service on a Redis that somebody else runs: old and new ones, a user with no more rights than the docs
 * list, TLS with an authority of its own.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { LookbackClient } from '../../../src/client/client.ts';
import { freePort } from '../../../src/platform/network/free-port.ts';
import { asUnavailable, connect, type RedisAddress } from '../../../src/platform/redis/connections.ts';
import { RedisServer, type RedisVariant } from '../../../testing/redis-server.ts';
import { firstEvent, followToEnd, hasTrained, slowSpec } from '../../support/cluster.ts';
import { redisPrograms } from '../../support/redis-programs.ts';
import { environmentIn, isServing, ownFolder, run, type Started, serverEntry } from '../../support/service.ts';

const root = path.resolve(import.meta.dirname, '../../..');
const password = 'correct horse/battery#staple';
const sha256 = createHash('sha256').update(password).digest('hex');

/** The words of `ACL SETUSER lookback` in docs/redis.md, without the password. */
function documentedRights(): string[] {
  const page = readFileSync(path.join(root, 'docs/redis.md'), 'utf8');
  const [, words] = /ACL SETUSER lookback on '>PASSWORD' ([^`]+)```/.exec(page)!;
  return words.replaceAll(/[\\']/g, '').trim().split(/\s+/);
}

const adminRight = 'user admin on nopass ~* &* +@all';

async function startRedis(folder: string, { settings, ...variant }: RedisVariant): Promise<RedisServer> {
  const aclfile = path.join(folder, 'users.acl');
  const lookback = `user lookback on #${sha256} ${documentedRights().join(' ')}`;
  await writeFile(aclfile, [lookback, adminRight, 'user default off', ''].join('\n'));
  const redis = new RedisServer(await freePort(), path.join(folder, 'outside'), 'everysec', {
    ...variant,
    settings: { aclfile, ...settings },
  });
  onTestFinished(() => redis.kill());
  await redis.start();
  return redis;
}

/** A service with one worker on such a Redis, as the user `lookback`, its password in a file. */
async function serve(
  folder: string,
  url: string,
  settings: NodeJS.ProcessEnv = {},
): Promise<{ service: Started; client: LookbackClient; address: string }> {
  const passwordFile = path.join(folder, 'redis-password');
  await writeFile(passwordFile, `${password}\n`);
  const service = run(
    [process.execPath, serverEntry],
    environmentIn(folder, { REDIS_URL: url, REDIS_PASSWORD_FILE: passwordFile, LOG_LEVEL: 'trace', ...settings }),
  );
  await isServing(service);
  const [, address] = /Lookback listens on (\S+)\. Try/.exec(service.output)!;
  return { service, client: new LookbackClient(address), address };
}

describe.each(redisPrograms)('%s', (_, find) => {
  test('runs jobs for a user with the documented rights, and no others', async (context) => {
    const program = await find().catch((error: Error) => context.skip(error.message));
    const folder = await ownFolder();
    const redis = await startRedis(folder, { program });
    const { service, client, address } = await serve(folder, `redis://lookback@127.0.0.1:${redis.port}`);

    const watched = (await fetch(`${address}/v1/events`)).body!.getReader();
    expect(new TextDecoder().decode((await watched.read()).value)).toContain('reread');
    await watched.cancel();
    const spec = { training: { steps: 20, reportEvery: 10, checkpointEvery: 10 } };
    const job = await client.submit(spec, { idempotencyKey: 'once' });
    expect((await followToEnd(client, job.id)).at(-1)).toMatchObject({ data: { status: 'succeeded' } });
    expect((await client.submit(spec, { idempotencyKey: 'once' })).id).toBe(job.id);
    expect((await client.predict(job.id, [[0, 1]])).predictions).toHaveLength(1);
    const long = await client.submit(slowSpec({ training: { steps: 100_000 } }));
    const waiting = await client.submit(spec);
    await firstEvent(client, long.id, hasTrained(20));
    await client.cancel(waiting.id);
    await client.pause(long.id);
    await followToPause(client, long.id);
    await client.cancel(long.id);
    await client.remove(long.id);

    expect(await deniedOn(redis)).toEqual([]);
    expect(service.output).not.toContain('battery');
    service.process.kill('SIGTERM');
    expect(await service.ended).toBe(0);
  }, 60_000);
});

async function followToPause(client: LookbackClient, id: string): Promise<void> {
  await firstEvent(client, id, ({ type, data }) => type === 'status' && data.status === 'paused');
}

/** What Redis has refused to the user `lookback`, as it has it in its own log. */
async function deniedOn({ port }: RedisServer): Promise<unknown[]> {
  const admin = new Redis({ port, username: 'admin', password: 'any' });
  try {
    return (await admin.call('ACL', 'LOG')) as unknown[];
  } finally {
    admin.disconnect();
  }
}

test('the documented rights hold every command that our scripts and those of BullMQ send', () => {
  const granted = new Set(documentedRights().map((right) => right.replace('+', '')));
  const folders = ['node_modules/bullmq/dist/cjs/scripts', 'src'];
  const sources = folders.flatMap((folder) => textsIn(folder, /\.(js|lua)$/));
  const sent = sources.flatMap((text) =>
    [...text.matchAll(/(?:rcall|redis\.p?call)\(\s*['"]([A-Za-z]+)['"]/g)].map(([, name]) => name.toLowerCase()),
  );
  const called = textsIn('src', /\.ts$/).flatMap((text) =>
    [...text.matchAll(/\b(?:redis|pipeline|transaction|requests)\.([a-z]+)\(/gi)].map(([, name]) => name),
  );
  const client = new Redis({ lazyConnect: true });
  // An embedded Redis is ended by its own service.
  const commands = client.getBuiltinCommands().filter((name) => name !== 'shutdown');
  const asked = [...sent, ...called.filter((name) => commands.includes(name))];
  expect(asked).toContain('psubscribe');
  expect(sent.length).toBeGreaterThan(100);
  expect([...new Set(asked)].filter((command) => !granted.has(command))).toEqual([]);
});

function textsIn(folder: string, fits: RegExp): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => fits.test(name))
    .map((name) => readFileSync(path.join(root, folder, name), 'utf8'));
}

test('TLS holds the server to the authority of REDIS_CA_FILE, and refuses one that is not known', async (context) => {
  const folder = await ownFolder();
  const certificates = await issueCertificates(folder).catch((error: Error) => context.skip(error.message));
  const tlsPort = await freePort();
  const settings = {
    'tls-port': tlsPort,
    'tls-cert-file': certificates.certificate,
    'tls-key-file': certificates.key,
    'tls-ca-cert-file': certificates.authority,
    'tls-auth-clients': 'no',
  };
  const redis = await startRedis(folder, { settings });
  const url = `rediss://lookback@localhost:${tlsPort}`;
  const { client, service } = await serve(folder, url, { REDIS_CA_FILE: certificates.authority });
  const job = await client.submit({ training: { steps: 10 } });
  expect((await followToEnd(client, job.id)).at(-1)).toMatchObject({ data: { status: 'succeeded' } });
  service.process.kill('SIGTERM');
  expect(await service.ended).toBe(0);

  expect(await refusalOf({ url, password })).toMatch(/no authority .*REDIS_CA_FILE \(\w+_CERT\w*\)/);
  const admin = new Redis({ port: redis.port, username: 'admin', password: 'any' });
  await admin.config('SET', 'tls-auth-clients', 'yes');
  await admin.quit();
  const ca = await readFile(certificates.authority, 'utf8');
  expect(await refusalOf({ url, password, ca })).toMatch(/asks for a certificate of ours.*_CERTIFICATE_REQUIRED/);
}, 60_000);

/** What a caller hears of a connection that is not made. */
async function refusalOf(address: RedisAddress): Promise<string> {
  const redis = connect(address, 'request');
  onTestFinished(() => redis.disconnect());
  await redis.connect().catch(() => {});
  return redis.ping().then(
    () => 'nothing is refused',
    (error) => attempt(() => asUnavailable(error)),
  );
}

function attempt(fail: () => never): string {
  try {
    return fail();
  } catch (error) {
    return (error as Error).message;
  }
}

/** An authority, and a certificate of its for localhost. @throws Error where there is no openssl. */
async function issueCertificates(folder: string) {
  const place = path.join(folder, 'certificates');
  await mkdir(place);
  const file = (name: string) => path.join(place, name);
  const openssl = (...parameters: string[]) => execFileSync('openssl', parameters, { stdio: 'pipe', cwd: place });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=authority');
  openssl('req', ...newKey, '-keyout', 'server.key', '-out', 'server.csr', '-subj', '/CN=localhost');
  await writeFile(file('names'), 'subjectAltName=DNS:localhost');
  const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'names'];
  openssl('x509', '-req', '-in', 'server.csr', '-out', 'server.pem', ...signed);
  return { authority: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') };
}
