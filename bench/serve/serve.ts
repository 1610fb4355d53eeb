/**
 * How many predictions a second one API process answers, beside servers of the same answer in the same run: a bare
 * Fastify, and one that computes on TensorFlow under tfjs-node. `npm run bench:serve -- [--json] [--rounds 3] [--seconds
 * 5] [--connections 32] [--profile FOLDER]`
 *
 * Lookback is asked by an alias, and, as `of a job`, for the latest checkpoint of a job. The rounds of the contestants
 * alternate, so that a busy machine is busy for all of them. Latency is measured at half of the load that Lookback
 * reached. Clients, server and all else share the machine's cores.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import type { JobSpecInput } from '../../src/spec/job-spec.ts';
import { Cluster } from '../../testing/cluster.ts';
import type { Contest } from './contestant-server.ts';
import { readSavedModel } from './saved-model.ts';

const spec: JobSpecInput = { preset: 'working', engine: 'simd', training: { steps: 300 } };
/** USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
const dist = new URL('../../', import.meta.url);
const steps = 50;
const contestants = ['bare', 'tensorflow'] as const;

interface Throughput {
  name: string;
  /** Of each round. */
  requestsPerSecond: number[];
  /** Processor time of the server for a request, all its threads together: what a busy machine changes least. */
  cpuMicroseconds: number[];
  errors: number;
}

interface Result {
  machine: string;
  bytes: { request: number; answer: number };
  throughput: Throughput[];
  /** Of the median of Lookback to that of the bare server, by rate and by processor time. */
  share: { byRate: number; byCpu: number };
  atHalfLoad: { requestsPerSecond: number; p50Ms: number; p99Ms: number };
}

interface Options {
  rounds: number;
  seconds: number;
  connections: number;
  profile?: string;
}

async function measure({ rounds, seconds, connections, profile }: Options): Promise<Result> {
  const cluster = await Cluster.start({ apis: 1, workers: 1, dist });
  const servers: ChildProcess[] = [];
  try {
    const { client } = cluster.apis[0];
    const { id } = await client.submit(spec);
    for await (const event of client.events(id))
      if (event.type === 'status' && event.data.status === 'succeeded') break;
    await cluster.workers[0].end();
    const url = await startApi(cluster, profile, servers);
    const sequence = Array.from({ length: steps }, (_, t) => ((t * t) % 3) & 1);
    await client.setAlias('bench', { job: id });
    const body = JSON.stringify({ model: 'bench', sequences: [sequence] });
    const byJob = JSON.stringify({ job: id, sequences: [sequence] });
    const answer = await answerOf(url, body);
    const contest: Contest = { answer, ...(await readSavedModel(cluster.data, id)) };
    const urls = new Map([['lookback', url]]);
    const bodies = new Map([['of a job', byJob]]);
    urls.set('of a job', url);
    const pids = new Map([
      ['lookback', servers[0].pid!],
      ['of a job', servers[0].pid!],
    ]);
    for (const name of contestants) {
      urls.set(name, await startServer(name, contest, servers));
      pids.set(name, servers[servers.length - 1].pid!);
    }
    const load = (name: string, options: object = {}) =>
      shoot(urls.get(name)!, bodies.get(name) ?? body, { seconds, connections, ...options });
    for (const name of urls.keys()) await load(name, { seconds: 1 });
    const throughput = [...urls.keys()].map(
      (name): Throughput => ({ name, requestsPerSecond: [], cpuMicroseconds: [], errors: 0 }),
    );
    for (let round = 0; round < rounds; round++) {
      for (const one of throughput) {
        const before = cpuSeconds(pids.get(one.name)!);
        const { requests, errors, non2xx } = await load(one.name);
        one.requestsPerSecond.push(requests.average);
        one.cpuMicroseconds.push(((cpuSeconds(pids.get(one.name)!) - before) / requests.total) * 1e6);
        one.errors += errors + non2xx;
      }
    }
    const [ours, , bare] = throughput.map((one) => median(one.requestsPerSecond));
    const half = await load('lookback', { overallRate: Math.round(ours / 2) });
    return {
      machine: `${cpus().length} × ${cpus()[0].model}, Node ${process.versions.node}`,
      bytes: { request: body.length, answer: answer.length },
      throughput,
      share: { byRate: ours / bare, byCpu: cpuOf(throughput[2]) / cpuOf(throughput[0]) },
      atHalfLoad: { requestsPerSecond: half.requests.average, p50Ms: half.latency.p50, p99Ms: half.latency.p99 },
    };
  } finally {
    // With a profile, it is written when a server ends.
    await Promise.all(servers.map((server) => server.kill('SIGTERM') && once(server, 'exit')));
    await cluster.close();
  }
}

async function answerOf(url: string, body: string): Promise<string> {
  const response = await fetch(`${url}/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (!response.ok) throw new Error(await response.text());
  return response.text();
}

/** An API as it is in production, whose log goes to a file. */
async function startApi(cluster: Cluster, profile: string | undefined, servers: ChildProcess[]): Promise<string> {
  const log = openSync(path.join(cluster.folder, 'measured-api.log'), 'w');
  const api = fork(new URL('src/main/server.js', dist), {
    execArgv: profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`],
    env: {
      ...process.env,
      REDIS_URL: cluster.redis.url,
      LOOKBACK_DATA: cluster.data,
      LOOKBACK_WORKERS: '0',
      LOG_LEVEL: 'info',
      PORT: '0',
      HOST: '127.0.0.1',
    },
    stdio: ['ignore', 'ignore', log, 'ipc'],
  });
  servers.push(api);
  const [{ address }] = (await once(api, 'message')) as [{ address: string }];
  return address;
}

async function startServer(name: string, contest: Contest, servers: ChildProcess[]): Promise<string> {
  const server = fork(new URL('./contestant-server.js', import.meta.url), [name]);
  servers.push(server);
  await once(server, 'message');
  server.send(contest);
  const [{ url }] = (await once(server, 'message')) as [{ url: string }];
  return url;
}

function shoot(
  url: string,
  body: string,
  { seconds, connections, overallRate }: { seconds: number; connections: number; overallRate?: number },
): Promise<autocannon.Result> {
  return autocannon({
    url: `${url}/predict`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    connections,
    duration: seconds,
    ...(overallRate === undefined ? {} : { overallRate }),
  });
}

/** User and system time of a process so far; Linux alone tells it of another one. */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function cpuOf({ cpuMicroseconds }: Throughput): number {
  return median(cpuMicroseconds);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function table({ machine, bytes, throughput, share, atHalfLoad }: Result, { connections }: Options): string {
  const rows = throughput.map(({ name, requestsPerSecond, cpuMicroseconds, errors }) =>
    [
      name.padEnd(12),
      median(requestsPerSecond).toFixed(0).padStart(8),
      median(cpuMicroseconds).toFixed(0).padStart(8),
      `(${requestsPerSecond.map((one) => one.toFixed(0)).join(', ')})`,
      errors > 0 ? `${errors} errors` : '',
    ].join(' '),
  );
  const { p50Ms, p99Ms, requestsPerSecond } = atHalfLoad;
  return [
    `One sequence of ${steps} steps, H=5, L=2; ${bytes.request} bytes ask for ${bytes.answer}; ${connections} connections. ${machine}`,
    'requests a second, µs of processor time for each: the medians, and the rates of each round',
    ...rows,
    `Lookback reaches ${(100 * share.byRate).toFixed(0)} % of the bare server by rate, ${(100 * share.byCpu).toFixed(0)} % by processor time.`,
    `At half of its load, ${requestsPerSecond.toFixed(0)} a second: p50 ${p50Ms} ms, p99 ${p99Ms} ms.`,
    '',
  ].join('\n');
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '5' },
    connections: { type: 'string', default: '32' },
    profile: { type: 'string' },
  },
});
const options: Options = {
  rounds: Number(values.rounds),
  seconds: Number(values.seconds),
  connections: Number(values.connections),
  profile: values.profile,
};
const result = await measure(options);
process.stdout.write(values.json ? `${JSON.stringify(result, null, 1)}\n` : table(result, options));
