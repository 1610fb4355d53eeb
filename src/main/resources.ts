/**
 * What the API process holds: acquired in order, each with its closer, released in reverse.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Downloads } from '../checkpoints/download/download.ts';
import { problemOfIdentity } from '../checkpoints/identity.ts';
import { ModelImporter } from '../checkpoints/import/model-importer.ts';
import { InitialCopier } from '../checkpoints/initial/initial-copier.ts';
import { CheckpointQuota } from '../checkpoints/quota.ts';
import { CheckpointStore } from '../checkpoints/store.ts';
import { UploadThreads } from '../data/datasets/ingest/upload-threads.ts';
import { DatasetStore } from '../data/datasets/stored/store.ts';
import type { ExaminationDepth } from '../diagnosis/doctor/doctor-schema.ts';
import { Examiner } from '../diagnosis/doctor/examiner.ts';
import type { EvaluationRequest } from '../diagnosis/report/evaluation/evaluation-schema.ts';
import { Evaluator } from '../diagnosis/report/evaluator.ts';
import { ReportStore } from '../diagnosis/report/report-store.ts';
import { LargeBodies } from '../http/body/large-bodies.ts';
import { findOfJob, specIfKnown } from '../http/missing.ts';
import { EventFeed } from '../jobs/event-feed.ts';
import { EventHub } from '../jobs/events.ts';
import { JobQueue } from '../jobs/queue.ts';
import { JobStore } from '../jobs/store.ts';
import { startReconciler } from '../jobs/upkeep/reconciler.ts';
import { startRetention } from '../jobs/upkeep/retention.ts';
import { startSettling } from '../jobs/upkeep/settling.ts';
import { offeredEngineOf } from '../jobs/use-cases/offered-engine.ts';
import { JobService } from '../jobs/use-cases/steer.ts';
import { WorkerRegistry } from '../jobs/workers/registry.ts';
import { startWorkerWatch } from '../jobs/workers/worker-watch.ts';
import type { Closers } from '../platform/closers.ts';
import { type Config, coresPerWorker } from '../platform/config.ts';
import { redisFolder } from '../platform/files/data-folder.ts';
import type { Logger } from '../platform/logger.ts';
import { logAvailability } from '../platform/redis/availability.ts';
import { troublesOf, watchCondition } from '../platform/redis/condition.ts';
import { connect, defaultPrefix, keyNames, type RedisAddress } from '../platform/redis/connections.ts';
import { startEmbeddedRedis } from '../platform/redis/embedded.ts';
import { openServing } from '../serving/serving.ts';
import type { JobSpec } from '../spec/job-spec.ts';
import type { BlobStore } from '../storage/blob-store.ts';
import { initialModelsOf } from './initial-models.ts';

/** An upload that is older than this, and not complete, is nobody's any more: none may take so long. */
const abandonedAfterMs = 2 * 3_600_000;

/** Where the build has put the page. */
const dashboardFolder = fileURLToPath(new URL('../dashboard/', import.meta.url));

/** The Redis to use: the configured one, or an own one that ends with this process. */
export async function acquireRedis(config: Config, closers: Closers, logger: Logger): Promise<RedisAddress> {
  if (config.redis) return config.redis;
  const redis = await startEmbeddedRedis(path.join(config.data, redisFolder), config.fsync, logger);
  closers.add('the embedded Redis', () => redis.close());
  return { url: redis.url };
}

export async function acquireResources(
  config: Config,
  address: RedisAddress,
  blobs: BlobStore,
  closers: Closers,
  logger: Logger,
) {
  const keys = keyNames(defaultPrefix);
  const open = (kind: 'request' | 'background') => {
    const redis = connect(address, kind);
    closers.add('a Redis connection', () => redis.disconnect());
    return redis;
  };
  const requests = open('request');
  const remedy = config.redis ? 'Start it, or correct REDIS_URL' : null;
  logAvailability(requests, { remedy, consequence: 'requests get 503' }, logger);
  // A Redis that is not there yet comes later; until then requests are answered with 503.
  await requests.connect().catch(() => {});
  const condition = watchCondition(requests, keys.probe, logger);
  closers.add('the watch over Redis', () => condition.close());

  const store = new JobStore(requests, keys);
  const queue = new JobQueue(requests, keys);
  closers.add('the queue', () => queue.close());
  const subscriber = open('background');
  const events = new EventHub(subscriber, keys, store);
  const feed = new EventFeed(subscriber, keys);
  const checkpoints = new CheckpointStore(blobs);
  const uploads = new UploadThreads(blobs.location);
  closers.add('the upload threads', () => uploads.close());
  const datasets = new DatasetStore(blobs, config.maxDatasetBytes, (...upload) => uploads.fill(...upload));
  await datasets.removeAbandoned(abandonedAfterMs);
  const abandoned = datasets.abandonedUploads();
  abandoned.start(
    (removed) => logger.info({ removed }, 'uploads whose process was killed were removed'),
    (error) => logger.warn({ err: error }, 'uploads whose process was killed could not be looked for'),
  );
  closers.add('the watch for abandoned uploads', () => abandoned.close());
  const examiner = new Examiner(blobs.location);
  closers.add('the examiner', () => examiner.close());
  const evaluator = new Evaluator(blobs.location);
  closers.add('the evaluator', () => evaluator.close());
  const bodies = new LargeBodies();
  closers.add('the reader of large bodies', () => bodies.close());
  const workers = new WorkerRegistry(requests, keys);

  const waitUntilEnded = async (id: string, signal: AbortSignal) => {
    for await (const _ of events.follow(id, 0, signal));
  };
  const jobs = new JobService(store, queue, waitUntilEnded, (id) => checkpoints.withdrawJob(id));

  const serving = openServing({
    checkpoints,
    storeLocation: blobs.location,
    redis: requests,
    subscriber: open('background'),
    keys,
    findOfJob: (job, find) => findOfJob(jobs, job, find),
    dataOfJob: (job) => specIfKnown(jobs, job),
  });
  closers.add('the predictors', () => serving.close());

  const copier = new InitialCopier(blobs.location);
  closers.add('the copier of checkpoints', () => copier.close());
  const initialModels = initialModelsOf({ jobs, checkpoints, aliases: serving.aliases, copier });

  const importer = new ModelImporter(blobs);
  closers.add('the importer', () => importer.close());

  startReconciler({ store, queue }, closers, logger);
  startWorkerWatch({ store, workers, logger }, closers);
  startRetention({ store, jobs, logger }, config.keptJobs, closers);
  const dropFiles = (job: string) => checkpoints.removeJob(job);
  startSettling({ store, jobs, dropFiles, logger }, closers);

  return {
    jobs,
    store,
    events,
    feed,
    workers,
    dataFolder: { problem: async () => (await blobs.problem()) ?? problemOfIdentity(blobs, store.identity) },
    redisTroubles: () => troublesOf(requests, keys.probe),
    redisRefusal: () => condition.refusal(),
    checkpoints,
    checkpointQuota: new CheckpointQuota(blobs, config.maxCheckpointBytes),
    predictions: serving.predictions,
    aliases: serving.aliases,
    sessions: serving.sessions,
    explanations: serving.explanations,
    protocols: serving.protocols,
    downloads: new Downloads(blobs),
    bodies,
    reports: new ReportStore(blobs),
    evaluate: (job: string, request: EvaluationRequest) => evaluator.evaluate(job, request),
    datasets,
    examine: (spec: JobSpec, depth: ExaminationDepth) => examiner.examine(spec, depth),
    examineDataset: (id: string, depth: ExaminationDepth) => examiner.examineDataset(id, depth),
    initialModels,
    importer,
    dropFiles,
    chooseOfferedEngine: offeredEngineOf(workers, coresPerWorker(config)),
    dashboard: dashboardFolder,
  };
}
