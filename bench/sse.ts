/**
 * Many subscribers on one API process: 2,000 event streams on running jobs, each of which must get every event. `npm
 * run bench:sse -- [--subscribers 2000] [--json]`
 *
 * Latency is from the time that Redis gives an event to its arrival here, on the same machine; subscribers, API, worker
 * and Redis share its cores.
 */
import { once } from 'node:events';
import http from 'node:http';
import { parseArgs } from 'node:util';
import { Redis } from 'ioredis';
import type { JobSpecInput } from '../src/spec/job-spec.ts';
import { Cluster } from '../testing/cluster.ts';

const jobsFollowed = 2;
const spec: JobSpecInput = {
  engine: 'simd',
  diagnose: false,
  model: { units: 16 },
  training: { steps: 10_000, reportEvery: 100, checkpointEvery: 2_000 },
};

/** What one subscriber got. */
interface Received {
  ids: number[];
  /** Of each event, in ms. */
  latencies: number[];
}

interface Result {
  subscribers: number;
  events: number;
  /** Subscribers that did not get every event, in order. */
  incomplete: number;
  latencyMs: { p50: number; p99: number; max: number };
  apiMebibytes: { before: number; open: number; after: number };
  redisConnections: { before: number; open: number };
}

async function measure(subscribers: number): Promise<Result> {
  const cluster = await Cluster.start({ apis: 1, workers: 0, spareWorkers: 1, dist: new URL('../', import.meta.url) });
  const redis = new Redis(cluster.redis.url);
  try {
    const { client, apis, workers } = cluster;
    const { url } = apis[0];
    const before = { memory: await memoryOf(url), connections: await connectionsTo(redis) };
    const jobs = await Promise.all(Array.from({ length: jobsFollowed }, () => client.submit(spec)));
    const streams = await openStreams(subscribers, (i) => `${url}/v1/jobs/${jobs[i % jobs.length].id}/events`);
    const open = { memory: await memoryOf(url), connections: await connectionsTo(redis) };
    await workers[0].start();
    const received = await Promise.all(streams.map(({ ended }) => ended));
    const last = await Promise.all(jobs.map(({ id }) => eventCount(url, id)));
    const isWhole = ({ ids }: Received, i: number) =>
      ids.length === last[i % jobs.length] && ids.every((id, k) => id === k + 1);
    // The first event was there before the subscribers were: it was replayed, not delivered.
    const latencies = received.flatMap((one) => one.latencies.slice(1)).sort((a, b) => a - b);
    return {
      subscribers,
      events: received.reduce((sum, { ids }) => sum + ids.length, 0),
      incomplete: received.filter((one, i) => !isWhole(one, i)).length,
      latencyMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99), max: quantile(latencies, 1) },
      apiMebibytes: { before: before.memory, open: open.memory, after: await memoryOf(url) },
      redisConnections: { before: before.connections, open: open.connections },
    };
  } finally {
    redis.disconnect();
    await cluster.close();
  }
}

/** Opens them all; returns when each has had its first bytes. */
async function openStreams(count: number, urlOf: (i: number) => string) {
  const agent = new http.Agent({ maxSockets: Number.POSITIVE_INFINITY });
  const streams = Array.from({ length: count }, (_, i) => openStream(urlOf(i), agent));
  await Promise.all(streams.map(({ opened }) => opened));
  return streams;
}

function openStream(url: string, agent: http.Agent): { opened: Promise<unknown>; ended: Promise<Received> } {
  const request = http.get(url, { agent, headers: { accept: 'text/event-stream' } });
  const response = once(request, 'response').then(([message]) => message as http.IncomingMessage);
  return { opened: response.then((message) => once(message, 'readable')), ended: response.then(readAll) };
}

async function readAll(response: http.IncomingMessage): Promise<Received> {
  const received: Received = { ids: [], latencies: [] };
  let rest = '';
  for await (const chunk of response.setEncoding('utf8')) {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop()!;
    for (const block of blocks) note(block, received);
  }
  return received;
}

function note(block: string, { ids, latencies }: Received): void {
  const id = /^id: (\d+)$/m.exec(block)?.[1];
  const at = /"at":"([^"]+)"/.exec(block)?.[1];
  if (id === undefined || at === undefined) return;
  ids.push(Number(id));
  latencies.push(Date.now() - Date.parse(at));
}

async function memoryOf(url: string): Promise<number> {
  const metrics = await fetch(`${url}/metrics`).then((response) => response.text());
  const bytes = Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)![1]);
  return Math.round(bytes / 2 ** 20);
}

/** Without the one that asks. */
async function connectionsTo(redis: Redis): Promise<number> {
  const info = await redis.info('clients');
  return Number(/connected_clients:(\d+)/.exec(info)![1]) - 1;
}

async function eventCount(url: string, id: string): Promise<number> {
  let after = 0;
  for (;;) {
    const headers = { accept: 'application/json' };
    const response = await fetch(`${url}/v1/jobs/${id}/events?after=${after}&limit=100`, { headers });
    const { data } = (await response.json()) as { data: { id: number }[] };
    if (data.length === 0) return after;
    after = data[data.length - 1].id;
  }
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

const { values } = parseArgs({
  options: { subscribers: { type: 'string', default: '2000' }, json: { type: 'boolean', default: false } },
});
const result = await measure(Number(values.subscribers));
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else console.table(result);
if (result.incomplete > 0) process.exitCode = 1;
