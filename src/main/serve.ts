/**
 * Serves: configuration, resources, app, listen; and closes all of it again when the process ends.
 */
import { isUndecided, join, whenBothAnswer } from '../checkpoints/identity.ts';
import { Closers } from '../platform/closers.ts';
import { readConfig } from '../platform/config.ts';
import type { LookbackError } from '../platform/errors.ts';
import { prepareFolders, redisFolder } from '../platform/files/data-folder.ts';
import { logEvent } from '../platform/log-events.ts';
import type { Logger } from '../platform/logger.ts';
import { listen } from '../platform/network/listen.ts';
import { markBuildInUse } from '../platform/process/build-use.ts';
import { closeOnSignal } from '../platform/process/shutdown.ts';
import { unknownSettings } from '../platform/unknown-settings.ts';
import { openStore, storeLocation } from '../storage/open.ts';
import { buildApp } from './app.ts';
import { acquireRedis, acquireResources } from './resources.ts';
import { WorkerProcesses } from './worker-processes.ts';

/** Longer than a worker takes to hand its job back. */
const shutdownDeadlineMs = 30_000;

export async function serve(logger: Logger): Promise<void> {
  const config = readConfig(process.env);
  logger.level = config.logLevel;
  for (const sentence of unknownSettings(process.env)) logger.warn(sentence);
  markBuildInUse();
  const closers = new Closers();
  const stopFor = closeOnSignal(() => closers.close(), logger, shutdownDeadlineMs);
  try {
    const blobs = await openStore(storeLocation(config));
    await blobs.prepare();
    await prepareFolders(config.data, [redisFolder]);
    const redis = await acquireRedis(config, closers, logger);
    const resources = await acquireResources(config, redis, blobs, closers, logger);
    await checkIdentity(() => join(blobs, resources.store.identity), closers, stopFor);
    const app = await buildApp({ ...resources, hosts: config.hosts, logger });
    closers.add('the app', () => app.close());

    const address = await listen(app, config);
    const workers = new WorkerProcesses(
      {
        REDIS_URL: redis.url,
        LOOKBACK_DATA: config.data,
        LOOKBACK_WORKERS: String(config.workers),
        LOG_LEVEL: config.logLevel,
      },
      logger,
    );
    closers.add('the workers', () => workers.close());
    workers.start(config.workers);
    logger.info(logEvent('api-ready', { address }), 'ready');
    process.send?.({ type: 'listening', address });
    // A parent with a channel to this process (the demo, a test) prints its own words.
    if (!process.send) process.stdout.write(welcome(address));
  } catch (error) {
    await closers.close();
    throw error;
  }
}

/** Before the first request; where Redis or the store is away, as soon as both answer: until then nothing can be done with them. */
async function checkIdentity(
  check: () => Promise<unknown>,
  closers: Closers,
  stopFor: (error: LookbackError) => void,
): Promise<void> {
  let isClosing = false;
  closers.add('the check of identities', () => {
    isClosing = true;
  });
  try {
    await check();
  } catch (error) {
    if (!isUndecided(error)) throw error;
    void whenBothAnswer(check, () => isClosing).catch(stopFor);
  }
}

function welcome(address: string): string {
  return `
Lookback listens on ${address}. Try:

  curl -s ${address}/v1/jobs -H 'content-type: application/json' -d '{"preset": "lookback"}'
  curl -N ${address}/v1/jobs/JOB_ID/events
  curl -s ${address}/predict -H 'content-type: application/json' -d '{"job": "JOB_ID", "sequences": [[0,0,1,0,1,1]]}'

Documentation: ${address}/docs
`;
}
