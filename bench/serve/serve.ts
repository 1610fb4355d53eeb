/**
 * How many predictions a second one API process answers, beside servers of the same answer in the same run: a bare
 * Fastify, and ones that compute on TensorFlow under tfjs-node and, where it is installed, on onnxruntime-node.
 * `npm run bench:serve -- [--json] [--rounds 3] [--seconds 5] [--connections 32] [--profile FOLDER]`
 *
 * Lookback is asked by an alias, and, as `of a job`, for the latest checkpoint of a job; it logs each request, and the
 * others log nothing. The rounds of the contestants alternate, so that a busy machine is busy for all of them. Latency
 * is that of independent clients at half of the load that Lookback reached, beside that of the bare server at the same
 * load, in turn: clients, server and all else share the machine's cores, and what the bare server shows is the machine's.
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
import { type Contest, type ContestantName, contestants } from './contest.ts';
import { loadOnnxruntime } from './onnxruntime.ts';
import { readSavedModel } from './saved-model.ts';
import { type Latency, sendSteadily } from './steady-load.ts';

const spec: JobSpecInput = { preset: 'working', engine: 'simd', training: { steps: 300 } };
/** USER_HZ, which is 100 on every Linux that Node runs on. */
const ticksPerSecond = 100;
const dist = new URL('../../', import.meta.url);
const steps = 50;
/** How far the probabilities of others may be from ours: they round in another order. */
const tolerance = 1e-5;

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
  atHalfLoad: Latencies[];
}

/** Of each round. */
interface Latencies {
  name: string;
  rounds: Latency[];
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
    const url = await startApi(cluster, profile, servers);
    const sequence = Array.from({ length: steps }, (_, t) => ((t * t) % 3) & 1);
    await client.setAlias('bench', { job: id });
    const body = JSON.stringify({ model: 'bench', sequences: [sequence] });
    const byJob = JSON.stringify({ job: id, sequences: [sequence] });
    const answer = await answerOf(url, body);
    const contest: Contest = { answer, ...(await readSavedModel(cluster, id)) };
    // Nothing else is to run.
    await Promise.all(cluster.processes.map((process) => process.end()));
    const urls = new Map([['lookback', url]]);
    const bodies = new Map([['of a job', byJob]]);
    urls.set('of a job', url);
    const pids = new Map([
      ['lookback', servers[0].pid!],
      ['of a job', servers[0].pid!],
    ]);
    for (const name of await presentContestants()) {
      urls.set(name, await startServer(name, contest, servers));
      pids.set(name, servers[servers.length - 1].pid!);
      requireSame(name, answer, await answerOf(urls.get(name)!, body));
    }
    const load = (name: string, duration = seconds) =>
      shoot(urls.get(name)!, bodies.get(name) ?? body, { seconds: duration, connections });
    for (const name of urls.keys()) await load(name, 2);
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
    const half = rateOf(throughput[0]) / 2;
    const sendHalf = (name: string, duration: number) =>
      sendSteadily({
        url: `${urls.get(name)}/predict`,
        body: bodies.get(name) ?? body,
        requestsPerSecond: half,
        connections,
        seconds: duration,
      });
    const atHalfLoad = ['lookback', 'of a job', 'bare'].map((name): Latencies => ({ name, rounds: [] }));
    for (const { name } of atHalfLoad) await sendHalf(name, 1);
    for (let round = 0; round < rounds; round++) {
      for (const one of atHalfLoad) one.rounds.push(await sendHalf(one.name, seconds));
    }
    return {
      machine: `${cpus().length} × ${cpus()[0].model}, Node ${process.versions.node}`,
      bytes: { request: body.length, answer: answer.length },
      throughput,
      atHalfLoad,
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

async function presentContestants(): Promise<ContestantName[]> {
  const isPresent = { bare: true, tensorflow: true, onnxruntime: (await loadOnnxruntime()) !== undefined };
  return contestants.filter((name) => isPresent[name]);
}

/** @throws Error where a contestant predicts something else than we do. */
function requireSame(name: string, ours: string, theirs: string): void {
  const numbersOf = (text: string): number[] => JSON.parse(text).predictions[0].probabilities.flat();
  const expected = numbersOf(ours);
  const isSame = numbersOf(theirs).every((value, n) => Math.abs(value - expected[n]) <= tolerance);
  if (!isSame) throw new Error(`${name} predicts something else: ${theirs.slice(0, 300)}`);
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
  { seconds, connections }: { seconds: number; connections: number },
): Promise<autocannon.Result> {
  return autocannon({
    url: `${url}/predict`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
    connections,
    duration: seconds,
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

function rateOf({ requestsPerSecond }: Throughput): number {
  return median(requestsPerSecond);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}

function table({ machine, bytes, throughput, atHalfLoad }: Result, { connections }: Options): string {
  const bare = throughput.find(({ name }) => name === 'bare')!;
  const percent = (part: number, whole: number) => `${((100 * part) / whole).toFixed(0)} %`.padStart(6);
  const rows = throughput.map((one) =>
    [
      one.name.padEnd(12),
      rateOf(one).toFixed(0).padStart(8),
      percent(rateOf(one), rateOf(bare)),
      cpuOf(one).toFixed(0).padStart(8),
      percent(cpuOf(bare), cpuOf(one)),
      ` (${one.requestsPerSecond.map((rate) => rate.toFixed(0)).join(', ')})`,
      one.errors > 0 ? `${one.errors} errors` : '',
    ].join(' '),
  );
  const latencies = atHalfLoad.map(({ name, rounds }) => {
    const of = (field: keyof Latency, digits: number) => median(rounds.map((one) => one[field])).toFixed(digits);
    const each = rounds.map(({ p99Ms }) => p99Ms.toFixed(1)).join(', ');
    return `${name.padEnd(12)} ${of('p50Ms', 2).padStart(8)} ${of('p99Ms', 1).padStart(8)} ${of('longestMs', 0).padStart(8)}  (${each})`;
  });
  return [
    `One sequence of ${steps} steps, H=5, L=2; ${bytes.request} bytes ask for ${bytes.answer}; ${connections} connections. ${machine}`,
    'requests a second, as a share of the bare server; µs of processor time for each, likewise: medians, and the rates of each round',
    ...rows,
    `At half of Lookback's load, ${atHalfLoad[0].rounds[0].requestsPerSecond.toFixed(0)} a second, in ms: p50, p99, the longest: medians, and the p99 of each round`,
    ...latencies,
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
