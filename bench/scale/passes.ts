/**
 * Passes of the reconciler: those that look for lost runs, and those that look at the queue as well.
 */
import type { Redis } from 'ioredis';
import { JobQueue } from '../../src/jobs/queue.ts';
import { JobStore } from '../../src/jobs/store.ts';
import { passesPerDispatch, Reconciler } from '../../src/jobs/upkeep/reconciler.ts';
import type { KeyNames } from '../../src/platform/redis/connections.ts';
import { quantilesOf } from './quantiles.ts';

const looksAtQueue = 20;

export async function passTimes(redis: Redis, keys: KeyNames) {
  const reconcilerOf = () =>
    new Reconciler({
      store: new JobStore(redis, keys),
      queue: new JobQueue(redis, keys),
      onRepair: () => {},
      onError: (error) => {
        throw error;
      },
    });
  const reconciler = reconcilerOf();
  await reconciler.pass();
  return {
    passMs: await quantilesOf(passesPerDispatch - 1, () => reconciler.pass()),
    queuePassMs: await quantilesOf(looksAtQueue, async () => {
      // The API's has this duty.
      await redis.del(keys.duty('queue'));
      await reconcilerOf().pass();
    }),
  };
}
