/**
 * What 100,000 jobs cost, and whether anything grows worse with their number: submissions and runs a second, pages of
 * the list, passes of the reconciler, time and memory of Redis. `npm run bench:scale -- [--jobs 100000] [--workers 50]
 * [--json]`
 *
 * The workers are those of BullMQ, in this process; their engine only waits. The API is a process of its own; it, Redis
 * and this process share the machine. What is not measured of a size is made by the same scripts of Redis, past the
 * queue, so that the whole takes three minutes.
 */
import { parseArgs } from 'node:util';
import { limits } from '../../src/platform/limits.ts';
import { connect, defaultPrefix, keyNames } from '../../src/platform/redis/connections.ts';
import { Cluster } from '../../testing/cluster.ts';
import { redisMemoryOf } from './memory.ts';
import { pageTimes } from './pages.ts';
import { passTimes } from './passes.ts';
import { secondsTaken } from './quantiles.ts';
import { RedisWork } from './redis-work.ts';
import { Traffic } from './traffic.ts';

/** Jobs that are submitted and run for each size, and those that stay queued: at most, and as a share of all. */
const sampled = { most: 5_000, share: 0.05 };
const waiting = { most: limits.queuedJobs - 6_500, share: 0.035 };
const shares = [0.1, 0.3, 1];
/** Of the submissions: those that come over HTTP. */
const requests = { most: 1_000, share: 0.01 };

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '100000' },
    workers: { type: 'string', default: '50' },
    json: { type: 'boolean', default: false },
  },
});

async function measure(cluster: Cluster, jobs: number, workers: number) {
  const redis = connect(cluster.redis, 'background');
  const keys = keyNames(defaultPrefix);
  const traffic = new Traffic(redis, keys, workers);
  const work = new RedisWork(redis);
  const countOf = ({ most, share }: typeof sampled) => Math.min(most, Math.round(share * jobs));
  const runs = countOf(sampled);
  const empty = await redisMemoryOf(redis, keys);
  const rows = [];
  for (const size of shares.map((share) => Math.round(share * jobs))) {
    process.stderr.write(`${size} jobs ...\n`);
    const { queued, all } = await traffic.counts();
    const submissions = countOf(waiting) + runs - queued;
    const posts = countOf(requests);
    await traffic.fill(size - all - submissions - posts);
    const postSeconds = await secondsTaken(() => traffic.post(cluster.client, posts));
    await work.start();
    const submitSeconds = await secondsTaken(() => traffic.submit(submissions));
    const submitting = await work.perJob(submissions);
    const runSeconds = await secondsTaken(() => traffic.run(runs + posts));
    const running = await work.perJob(runs + posts);
    const alive = traffic.keepAlive();
    const { usedBytes: _, ...memory } = await redisMemoryOf(redis, keys, empty);
    const row = {
      jobs: size,
      postsPerSecond: Math.round(posts / postSeconds),
      submissionsPerSecond: Math.round(submissions / submitSeconds),
      runsPerSecond: Math.round((runs + posts) / runSeconds),
      redisMsPerSubmission: submitting.ms,
      redisMsPerRun: running.ms,
      ...(await pageTimes(cluster.apis[0].url, redis, keys)),
      ...(await passTimes(redis, keys)),
      ...memory,
      slowestCommandMs: await work.slowestMs(),
    };
    await alive.end();
    process.stderr.write(`${JSON.stringify({ ...row, submitting: submitting.commands, running: running.commands })}\n`);
    rows.push(row);
  }
  redis.disconnect();
  return rows;
}

const cluster = await Cluster.start({
  apis: 1,
  workers: 0,
  fsync: 'everysec',
  environment: { LOOKBACK_KEEP_JOBS: 'all' },
  dist: new URL('../../', import.meta.url),
});
try {
  const rows = await measure(cluster, Number(values.jobs), Number(values.workers));
  if (values.json) process.stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
  else console.table(byFigure(rows));
} finally {
  await cluster.close();
}

/** A line a figure, a column a size. */
function byFigure(rows: readonly Record<string, unknown>[]) {
  const lineOf = (name: string) => Object.fromEntries(rows.map((row) => [`${row.jobs} jobs`, row[name]]));
  return Object.fromEntries(Object.keys(rows[0]).map((name) => [name, lineOf(name)]));
}
