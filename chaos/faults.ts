/**
 * The faults that are injected into a running cluster. Each repairs afterwards what would not repair itself, and
 * returns false when there was nothing to inject it into.
 */
import { open, readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { checkpointFiles } from '../src/checkpoints/format/files.ts';
import type { Random } from '../src/model/random.ts';
import type { Cluster } from '../testing/cluster.ts';
import type { ServiceProcess } from '../testing/service-process.ts';
import type { SmallDisk } from '../testing/small-disk.ts';
import type { Bucket } from './bucket.ts';
import { pick } from './specs.ts';

/** Longer than a queue's lock and than the silence after which a run counts as lost. */
const stallMs = 12_000;
const restartMs = 500;
const fullDiskMs = 3_000;

export interface Surroundings {
  cluster: Cluster;
  disk: SmallDisk | null;
  /** null: checkpoints lie in a folder. */
  bucket: Bucket | null;
  random: Random;
  /** Jobs that were accepted and, as far as is known, are not over. */
  unfinished(): string[];
  /** Process ids of the runs that each worker has under way. */
  runs: ReadonlyMap<ServiceProcess, number>;
  /** A byte of this job's checkpoint was changed. */
  onFlip(job: string, step: number): void;
  /** No fault is to be injected now, because the run is coming to its end. */
  isOver(): boolean;
}

export type Fault = (surroundings: Surroundings) => Promise<boolean>;

export const faults: Record<string, Fault> = {
  async killChild({ runs, random }) {
    const pids = [...runs.values()];
    if (pids.length === 0) return false;
    try {
      process.kill(pick(random, pids), 'SIGKILL');
      return true;
    } catch {
      // It ended in this moment.
      return false;
    }
  },

  async killWorker({ cluster, random }) {
    return restartAfter(pick(random, cluster.workers), 'SIGKILL');
  },

  async terminateWorker({ cluster, random }) {
    return restartAfter(pick(random, cluster.workers), 'SIGTERM');
  },

  async killApi({ cluster, random }) {
    return restartAfter(pick(random, cluster.apis).process, 'SIGKILL');
  },

  async killRedis({ cluster }) {
    await cluster.redis.kill();
    await delay(restartMs);
    await cluster.redis.start();
    return true;
  },

  /** Meanwhile the other faults go on striking. */
  async stallWorker({ cluster, random, isOver }) {
    const worker = pick(random, cluster.workers);
    if (restarting.has(worker)) return false;
    worker.signal('SIGSTOP');
    for (let waited = 0; waited < stallMs && !isOver(); waited += restartMs) await delay(restartMs);
    worker.signal('SIGCONT');
    return true;
  },

  async fillDisk({ disk }) {
    if (!disk) return false;
    await disk.fill();
    await delay(fullDiskMs);
    await disk.free();
    return true;
  },

  async loseBucket({ bucket }) {
    await bucket?.strike('away');
    return bucket !== null;
  },

  async slowBucket({ bucket }) {
    await bucket?.strike('slow-down');
    return bucket !== null;
  },

  async flipByte({ cluster, bucket, random, unfinished, onFlip }) {
    const jobs = unfinished();
    if (jobs.length === 0) return false;
    const job = pick(random, jobs);
    const step = await (bucket ?? folderOf(cluster)).flipByte(job, random);
    if (step !== null) onFlip(job, step);
    return step !== null;
  },

  async pauseAndResume({ cluster, random, unfinished }) {
    const jobs = unfinished();
    if (jobs.length === 0) return false;
    const job = pick(random, jobs);
    const { client } = pick(random, cluster.apis);
    // Whether it can be paused now, and whether the API is there, is part of the game; who stays paused is resumed at the end.
    const isPaused = await client.pause(job).then(
      () => true,
      () => false,
    );
    await delay(restartMs);
    await client.resume(job).catch(() => {});
    return isPaused;
  },
};

/** Processes that are ending or starting: another fault has to choose again. */
const restarting = new Set<ServiceProcess>();

async function restartAfter(process: ServiceProcess, signal: 'SIGKILL' | 'SIGTERM'): Promise<boolean> {
  if (restarting.has(process)) return false;
  restarting.add(process);
  await process.end(signal);
  await delay(restartMs);
  await process.start();
  restarting.delete(process);
  return true;
}

/** As the bucket does it. */
function folderOf({ checkpoints }: Cluster): Pick<Bucket, 'flipByte'> {
  return {
    async flipByte(job, random) {
      const folder = path.join(checkpoints, job);
      const steps = (await readdir(folder).catch(() => [])).filter((name) => /^step-\d+$/.test(name));
      if (steps.length === 0) return null;
      const step = pick(random, steps);
      const isFlipped = await flipByte(path.join(folder, step, pick(random, checkpointFiles)), random);
      return isFlipped ? Number(step.slice('step-'.length)) : null;
    },
  };
}

/** Changes one byte of a file; false when the file has gone meanwhile. */
async function flipByte(file: string, random: Random): Promise<boolean> {
  const handle = await open(file, 'r+').catch(() => null);
  if (!handle) return false;
  try {
    const { size } = await handle.stat();
    const position = random.integer(size);
    const byte = Buffer.alloc(1);
    await handle.read(byte, 0, 1, position);
    byte[0] ^= 1 + random.integer(255);
    await handle.write(byte, 0, 1, position);
    return true;
  } finally {
    await handle.close();
  }
}
