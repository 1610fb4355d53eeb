/**
 * The jobs of a test: store, queue, events and service over a Redis, under a key prefix that no other test has.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import type { CheckpointSummary } from '../../src/checkpoints/store.ts';
import { endRun } from '../../src/jobs/decisions/run-end.ts';
import { claim, reportCheckpoint, reportProgress } from '../../src/jobs/decisions/run-reports.ts';
import { EventFeed } from '../../src/jobs/event-feed.ts';
import { EventHub } from '../../src/jobs/events.ts';
import { JobQueue } from '../../src/jobs/queue.ts';
import type { Job } from '../../src/jobs/record.ts';
import { JobStore } from '../../src/jobs/store.ts';
import { JobService, type WithdrawnFiles } from '../../src/jobs/use-cases/steer.ts';
import { WorkerRegistry } from '../../src/jobs/workers/registry.ts';
import { connect, type KeyNames, keyNames } from '../../src/platform/redis/connections.ts';
import type { RedisServer } from '../../testing/redis-server.ts';

/** Takes what is to be called at the end. */
export type Release = (closer: () => Promise<void>) => void;

export interface TestJobs {
  store: JobStore;
  events: EventHub;
  feed: EventFeed;
  service: JobService;
  workers: WorkerRegistry;
  queue: JobQueue;
  prefix: string;
  keys: KeyNames;
  /** The connection of requests. */
  redis: Redis;
  /** Another connection, for subscriptions. */
  subscriber(): Promise<Redis>;
  /** Resolves when every connection is there again after Redis was restarted. */
  reconnected(): Promise<void>;
}

export async function createJobs(
  redis: RedisServer,
  {
    prefix = `test-${randomBytes(6).toString('hex')}`,
    withdrawFiles = async (_id: string): Promise<WithdrawnFiles> => ({
      delete: async () => {},
      restore: async () => {},
    }),
    release = onTestFinished as Release,
    subscriberUrl = redis.url,
    requestUrl = redis.url,
  } = {},
): Promise<TestJobs> {
  const keys = keyNames(prefix);
  const connections = [
    connect({ url: requestUrl }, 'request'),
    connect({ url: subscriberUrl }, 'background'),
    connect(redis, 'request'),
  ];
  const [requests, subscriber, queueConnection] = connections;
  await Promise.all(connections.map((connection) => connection.connect()));
  const store = new JobStore(requests, keys);
  const events = new EventHub(subscriber, keys, store);
  const feed = new EventFeed(subscriber, keys);
  const queue = new JobQueue(queueConnection, keys);
  const waitUntilEnded = async (id: string, signal: AbortSignal) => {
    for await (const _ of events.follow(id, 0, signal));
  };
  const service = new JobService(store, queue, waitUntilEnded, withdrawFiles);
  release(async () => {
    await queue.close().catch(() => {});
    for (const connection of connections) connection.disconnect();
  });
  const reconnected = async () => {
    await Promise.all(connections.map((one) => one.status === 'ready' || once(one, 'ready')));
  };
  const openSubscriber = async () => {
    const connection = connect({ url: subscriberUrl }, 'background');
    connections.push(connection);
    await connection.connect();
    return connection;
  };
  return {
    store,
    queue,
    events,
    feed,
    service,
    workers: new WorkerRegistry(requests, keys),
    prefix,
    keys,
    redis: requests,
    subscriber: openSubscriber,
    reconnected,
  };
}

/** Plays a worker: takes up the job's next attempt. */
export async function start(store: JobStore, id: string): Promise<Job> {
  const { attempt } = await store.get(id);
  return (await store.change(id, claim(attempt + 1, new Date()))).job;
}

export async function progressTo(store: JobStore, { id, attempt, steps }: Job, step: number): Promise<void> {
  await store.change(id, reportProgress(attempt, { step, steps, loss: 1 / step, accuracy: 0.5, stepsPerSecond: 100 }));
}

export function checkpointAt(step: number): CheckpointSummary & { loss: number; accuracy: number } {
  return {
    step,
    loss: 1 / step,
    accuracy: 0.5,
    heldOutLoss: null,
    sha256: 'a'.repeat(64),
    bytes: 100,
    createdAt: new Date(0).toISOString(),
  };
}

export async function checkpointTo(store: JobStore, { id, attempt }: Job, step: number): Promise<void> {
  await store.change(id, reportCheckpoint(attempt, checkpointAt(step)));
}

export async function succeed(store: JobStore, { id, attempt }: Job): Promise<void> {
  await store.change(id, endRun(attempt, 'succeeded', new Date()));
}
