/**
 * What a worker is made of: configuration, resources, queue; and closes all of it again when the process ends.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { join, whenBothAnswer } from '../src/checkpoints/identity.ts';
import { OrphanSweep } from '../src/checkpoints/orphans.ts';
import { CheckpointQuota } from '../src/checkpoints/quota.ts';
import { DatasetStore } from '../src/data/datasets/stored/store.ts';
import { chooseEngine, type EngineRequest } from '../src/engine/choose.ts';
import { usefulThreads } from '../src/engine/costs.ts';
import { JobQueue } from '../src/jobs/queue.ts';
import type { JobEngine } from '../src/jobs/record.ts';
import { JobStore } from '../src/jobs/store.ts';
import { startReconciler } from '../src/jobs/upkeep/reconciler.ts';
import { WorkerRegistry } from '../src/jobs/workers/registry.ts';
import { Closers } from '../src/platform/closers.ts';
import { coresPerWorker, readConfig } from '../src/platform/config.ts';
import { InvalidInputError } from '../src/platform/errors.ts';
import { logEvent } from '../src/platform/log-events.ts';
import type { Logger } from '../src/platform/logger.ts';
import { markBuildInUse } from '../src/platform/process/build-use.ts';
import { closeOnSignal } from '../src/platform/process/shutdown.ts';
import { logAvailability } from '../src/platform/redis/availability.ts';
import { watchCondition } from '../src/platform/redis/condition.ts';
import { connect, defaultPrefix, keyNames } from '../src/platform/redis/connections.ts';
import { unknownSettings } from '../src/platform/unknown-settings.ts';
import { engineRequest } from '../src/spec/described-model.ts';
import { openStore, opensConnections, storeLocation } from '../src/storage/open.ts';
import { OfferedEngines } from './engines/offered-engines.ts';
import { RoomWatch } from './room-watch.ts';
import { Children } from './run/children.ts';
import { Examinations } from './run/examinations.ts';
import { Worker } from './worker.ts';

/** How long Redis may take to remove this worker from the list; the entry expires without that, too. */
const withdrawalMs = 1_000;
/** A run has this long to make its last checkpoint and to be handed back. */
const shutdownDeadlineMs = 25_000;

export async function work(logger: Logger): Promise<void> {
  const config = readConfig(process.env);
  logger.level = config.logLevel;
  // The service that starts a worker has said it.
  if (!process.send) for (const sentence of unknownSettings(process.env)) logger.warn(sentence);
  markBuildInUse();
  const address = config.redis;
  if (!address) {
    throw new InvalidInputError('A worker needs REDIS_URL: the Redis of the API that it works for.', []);
  }
  const closers = new Closers();
  let isClosing = false;
  const close = () => {
    isClosing = true;
    return closers.close();
  };
  closeOnSignal(close, logger, shutdownDeadlineMs);
  const blobs = await openStore(storeLocation(config), {
    isOver: () => isClosing,
    onAway: (error) => logger.warn({ error: error.message }, 'the store is away: what needs it waits'),
    onBack: () => logger.info('the store is back'),
  });
  await blobs.prepare();

  const keys = keyNames(defaultPrefix);
  const open = () => {
    const redis = connect(address, 'background');
    closers.add('a Redis connection', () => redis.disconnect());
    return redis;
  };
  const redis = open();
  const remedy = 'Start it, or correct REDIS_URL';
  logAvailability(redis, { remedy, consequence: 'no job is trained' }, logger);
  const condition = watchCondition(redis, keys.probe, logger);
  closers.add('the watch over Redis', () => condition.close());
  const store = new JobStore(redis, keys);
  const queue = new JobQueue(redis, keys);
  const upkeep = new Closers();
  upkeep.add('the queue', () => queue.close());
  // What it asks of a Redis that is away is not worth waiting for: the next start asks again.
  closers.add('the upkeep', () => (redis.status === 'ready' ? upkeep.close() : void upkeep.close()));
  const orphans = new OrphanSweep(blobs, store.identity);
  const sweepFiles = async (isJob: (id: string) => Promise<boolean>) => {
    const removed = await orphans.sweep(isJob);
    if (removed.length > 0) logger.info({ removed }, 'files of jobs that are gone were removed');
  };
  // Before any job is taken: two services must not share a store.
  await whenBothAnswer(() => join(blobs, store.identity));
  startReconciler({ store, queue, sweepFiles }, upkeep, logger);

  const datasets = new DatasetStore(blobs);
  const quota = new CheckpointQuota(blobs, config.maxCheckpointBytes);
  const roomWatch = new RoomWatch({ store, queue, blobs, quota, datasets, logger });
  roomWatch.start();
  upkeep.add('the watch for room', () => roomWatch.close());

  const engines = new OfferedEngines(logger);
  closers.add('the probe of engines', () => engines.close());
  const cores = coresPerWorker(config);
  const children = new Children(opensConnections(blobs.location));
  closers.add('the child processes', () => children.close());
  // The first job is not known yet: the default engine serves most jobs.
  children.keepSpare({ engine: { name: 'simd', threads: 1 }, diagnose: true });
  const worker = new Worker(
    {
      store,
      queue,
      children,
      logger,
      examinations: new Examinations(),
      storeLocation: blobs.location,
      maxCheckpointBytes: config.maxCheckpointBytes,
      engineFor: async (spec, chosen) => {
        const request = engineRequest(spec, await datasets.factsFor(spec.task));
        return engineFor(request, chosen ?? chooseEngine(request, engines.offered, cores), cores);
      },
      missingEngine: async (spec, chosen) => {
        const request = engineRequest(spec, await datasets.factsFor(spec.task));
        const { name } = chosen ?? chooseEngine(request, [...engines.offered, ...engines.loading], cores);
        if (engines.offered.includes(name)) return null;
        return { name, isLoading: engines.loading.includes(name) };
      },
      sheetFor: async ({ task }) => (task.type === 'dataset' ? datasets.get(task.dataset) : null),
    },
    { queue: open(), control: open() },
    keys,
  );
  closers.add('the worker', () => worker.close());
  const startedAt = new Date().toISOString();
  const describe = () => {
    const { offered, loading, unavailable } = engines;
    return { engines: offered, loading, unavailable, cores, job: worker.job, startedAt };
  };
  const withdraw = new WorkerRegistry(redis, keys).announce(randomUUID(), describe);
  // While Redis is away there is nobody to tell, and a run has to be stopped all the same.
  closers.add('the announcement', () => Promise.race([withdraw(), delay(withdrawalMs)]));
  logger.info(logEvent('worker-ready', { engines: engines.offered, loading: engines.loading }), 'waiting for jobs');
  await engines.probe();
}

/** The engine of a run, on as many of the worker's cores as pay. */
function engineFor(
  request: EngineRequest,
  { name, reason }: Pick<JobEngine, 'name' | 'reason'>,
  cores: number,
): JobEngine {
  return { name, reason, threads: usefulThreads(name, request, cores) };
}
