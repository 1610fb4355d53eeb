/**
 * A whole Lookback of a test's own, and the words in which tests speak of it. Everything is released when the test ends.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import type { CheckpointSummary } from '../../src/checkpoints/store.ts';
import type { LookbackClient, RemoteEvent, RemoteJob } from '../../src/client/client.ts';
import type { JobSpecInput } from '../../src/spec/job-spec.ts';
import { Cluster, type ClusterOptions } from '../../testing/cluster.ts';
import { S3Server } from '../../testing/s3-server.ts';
import type { LogLine, ServiceProcess } from '../../testing/service-process.ts';

const dist = new URL('../../dist/', import.meta.url);

/** `npm run test:s3` sets it: the stores of all clusters are buckets. */
const storesAreBuckets = process.env.TEST_STORE === 's3';

export async function startCluster(options: Partial<ClusterOptions> = {}): Promise<Cluster> {
  const environment = storesAreBuckets ? { ...(await bucketOfATest()), ...options.environment } : options.environment;
  const cluster = await Cluster.start({ apis: 1, workers: 1, dist, ...options, environment });
  onTestFinished(() => cluster.close());
  return cluster;
}

async function bucketOfATest(): Promise<NodeJS.ProcessEnv> {
  const server = await S3Server.start();
  onTestFinished(() => server.close());
  return { ...server.environment(), LOOKBACK_STORE: server.address('test') };
}

/** A job of some seconds: long enough to be interrupted, with checkpoints often enough to resume from. */
export function slowSpec(overrides: JobSpecInput = {}): JobSpecInput {
  const { training, ...rest } = overrides;
  return {
    engine: 'simd',
    model: { layers: 2, units: 32 },
    data: { batchSize: 16, sequenceLength: 50 },
    optimizer: { type: 'adam' },
    training: { steps: 600, reportEvery: 20, checkpointEvery: 100, ...training },
    ...rest,
  };
}

/** Follows a job to its end; returns all events. */
export async function followToEnd(client: LookbackClient, id: string): Promise<RemoteEvent[]> {
  const events: RemoteEvent[] = [];
  for await (const event of client.events(id)) events.push(event);
  return events;
}

/** The first event of a job, from the beginning of its log, that fits. */
export async function firstEvent(
  client: LookbackClient,
  id: string,
  fits: (event: RemoteEvent) => boolean,
): Promise<RemoteEvent> {
  for await (const event of client.events(id)) if (fits(event)) return event;
  throw new Error('The job is over, and no event was the one that was waited for.');
}

export const isStatus = (status: RemoteJob['status'], attempt?: number) => (event: RemoteEvent) =>
  event.type === 'status' && event.data.status === status && (attempt === undefined || event.data.attempt === attempt);

export const isCheckpoint = (step: number) => (event: RemoteEvent) =>
  event.type === 'checkpoint' && event.data.step === step;

export const hasTrained = (step: number) => (event: RemoteEvent) =>
  event.type === 'progress' && event.data.step >= step;

/** What the log of a worker says when it hands a run to a child. */
export function training(worker: ServiceProcess, job?: string): Promise<LogLine> {
  return worker.logged((line) => line.event === 'run-started' && (job === undefined || line.job === job));
}

export async function checkpointsOf(url: string, id: string): Promise<CheckpointSummary[]> {
  const response = await fetch(`${url}/v1/jobs/${id}/checkpoints`);
  return ((await response.json()) as { data: CheckpointSummary[] }).data;
}

/** SHA-256 of the weights after the last step. */
export async function finalHash(url: string, { id, steps }: RemoteJob): Promise<string | undefined> {
  return (await checkpointsOf(url, id)).find(({ step }) => step === steps)?.sha256;
}

/** Submits the same job once more and lets it run undisturbed; returns the hash of its final weights. */
export async function undisturbedHash({ client, apis }: Cluster, spec: JobSpecInput): Promise<string | undefined> {
  const job = await client.submit(spec);
  await followToEnd(client, job.id);
  return finalHash(apis[0].url, job);
}

/** Waits for what nobody announces: asks again until the answer fits. The test's own timeout bounds it. */
export async function eventually<T>(ask: () => Promise<T>, fits: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (fits(answer)) return answer;
    await delay(50);
  }
}
