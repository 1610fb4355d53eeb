/**
 * Lets jobs that were paused for want of room go on when there is room again. It runs in the workers, since they are
 * who writes checkpoints.
 */
import { LRUCache } from 'lru-cache';
import { checkpointArea } from '../src/checkpoints/keys.ts';
import type { CheckpointQuota } from '../src/checkpoints/quota.ts';
import type { DatasetStore } from '../src/data/datasets/stored/store.ts';
import { resumeWithRoom } from '../src/jobs/decisions/verbs.ts';
import type { JobQueue } from '../src/jobs/queue.ts';
import { type Job, specOf } from '../src/jobs/record.ts';
import type { JobStore } from '../src/jobs/store.ts';
import type { Logger } from '../src/platform/logger.ts';
import { RepeatedPass } from '../src/platform/repeated-pass.ts';
import { checkpointBytes } from '../src/spec/disk-use.ts';
import type { BlobStore } from '../src/storage/blob-store.ts';

const passMs = 1_000;
const longestWaitMs = 60_000;
/** What the estimate of a checkpoint may be short of, such as a long vocabulary. */
const marginBytes = 64 * 1024;
const pageLength = 100;

/** When a job is looked at again, and how long it waits the time after. */
interface Wait {
  until: number;
  nextMs: number;
}

interface RoomWatchResources {
  store: JobStore;
  queue: JobQueue;
  blobs: BlobStore;
  quota: CheckpointQuota;
  datasets: DatasetStore;
  logger: Logger;
}

export class RoomWatch {
  readonly #resources: RoomWatchResources;
  readonly #waits = new LRUCache<string, Wait>({ max: 10_000 });
  readonly #repeated: RepeatedPass;

  constructor(resources: RoomWatchResources) {
    this.#resources = resources;
    this.#repeated = new RepeatedPass({
      pass: () => this.#look(),
      pauseMs: () => passMs,
      onError: (err) => resources.logger.debug({ err }, 'waiting jobs were not looked at'),
    });
  }

  start(): void {
    this.#repeated.start();
  }

  async close(): Promise<void> {
    await this.#repeated.close();
  }

  async #look(): Promise<void> {
    const { store, logger } = this.#resources;
    const ids = await store.upkeep.waitingForRoom();
    for (let i = 0; i < ids.length && !this.#repeated.isClosed; i += pageLength) {
      const jobs = await store.getAll(ids.slice(i, i + pageLength));
      for (const job of jobs.filter(({ waitsForRoom }) => waitsForRoom)) {
        // One that cannot be looked at, because its dataset is gone, must not keep the others waiting.
        await this.#resumeIfRoom(job).catch((err) =>
          logger.debug({ err, job: job.id }, 'a waiting job was not looked at'),
        );
      }
    }
  }

  /** Each time that a job is tried it waits twice as long for the next: room that is there now may be gone when its checkpoint is due. */
  async #resumeIfRoom(job: Job): Promise<void> {
    const { store, queue, blobs, quota, datasets, logger } = this.#resources;
    const now = performance.now();
    const { until, nextMs } = this.#waits.get(job.id) ?? { until: 0, nextMs: passMs };
    if (now < until) return;
    this.#waits.set(job.id, { until: now + nextMs, nextMs: Math.min(2 * nextMs, longestWaitMs) });
    const spec = specOf(job);
    const bytes = checkpointBytes(spec, await datasets.factsFor(spec.task)) + marginBytes;
    if (!((await quota.hasRoom(bytes)) && (await blobs.hasRoom(checkpointArea, bytes)))) return;
    const decision = await store.change(job.id, resumeWithRoom(new Date()));
    if (decision.status !== 'changed') return;
    logger.info({ job: job.id }, 'there is room again for a job that was paused');
    await queue.dispatch([decision.job]);
  }
}
