/**
 * A chaos run: submits jobs to a real cluster, injects faults at random for a while, lets it come to rest, and judges what is left.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { LookbackClient } from '../src/client/client.ts';
import { Random } from '../src/model/random.ts';
import { Cluster } from '../testing/cluster.ts';
import type { ServiceProcess } from '../testing/service-process.ts';
import { SmallDisk } from '../testing/small-disk.ts';
import { Bucket } from './bucket.ts';
import { faults, type Surroundings } from './faults.ts';
import { drawSpec, pick } from './specs.ts';
import { UndisturbedRuns } from './undisturbed.ts';
import { type AcceptedJob, judge, type Verdict } from './verdict.ts';

interface ChaosOptions {
  jobs: number;
  minutes: number;
  seed: number;
  /** Where checkpoints lie; a folder, unless it is said. */
  store?: 'folder' | 's3';
  /** Where the service is compiled to. */
  dist: URL;
  /** Told what happens, for people. */
  say?: (message: string) => void;
}

interface ChaosResult {
  seed: number;
  seconds: number;
  faults: Record<string, number>;
  /** Faults that cannot be made here, and why. */
  skipped: Record<string, string>;
  verdict: Verdict;
}

/** Room for the checkpoints of all jobs, and some to fill up. */
const diskMebibytes = { atLeast: 64, perJob: 2 };
/** Jobs are submitted in the first part of the time, so that the last ones are disturbed as well. */
const submissionShare = 0.7;
/** The mean pause between two faults. */
const meanPauseMs = 1_200;
const retryMs = 300;
const settleMs = 500;

export async function runChaos(options: ChaosOptions): Promise<ChaosResult> {
  if (options.store !== 's3') return runOver(options, null);
  const bucket = await Bucket.start(options.seed);
  try {
    return await runOver(options, bucket);
  } finally {
    await bucket.close();
  }
}

async function runOver(options: ChaosOptions, bucket: Bucket | null): Promise<ChaosResult> {
  const { jobs, minutes, seed, dist, say = () => {} } = options;
  const startedAt = performance.now();
  const disk = await SmallDisk.mount(diskMebibytes.atLeast + jobs * diskMebibytes.perJob);
  const skipped: Record<string, string> = disk instanceof SmallDisk ? {} : { fillDisk: disk };
  for (const [fault, reason] of Object.entries(skipped)) say(`${fault} is skipped: ${reason}`);
  const data = disk instanceof SmallDisk ? disk.folder : undefined;
  try {
    const cluster = await Cluster.start({ apis: 2, workers: 2, dist, data, environment: bucket?.environment });
    try {
      const run = new ChaosRun({ cluster, disk: disk instanceof SmallDisk ? disk : null, bucket }, seed, say);
      const counts = await run.disturb(jobs, minutes * 60_000);
      bucket?.heal();
      await run.settle();
      const verdict = await judge(cluster.client, run.accepted, new UndisturbedRuns());
      verdict.breaches.push(...cluster.processes.flatMap(({ unexpectedEnds }) => unexpectedEnds));
      const seconds = Math.round((performance.now() - startedAt) / 1000);
      return { seed, seconds, faults: counts, skipped, verdict };
    } catch (error) {
      throw new Error(
        `The run broke off. ${cluster.processes.flatMap(({ unexpectedEnds }) => unexpectedEnds).join('\n')}`,
        {
          cause: error,
        },
      );
    } finally {
      await cluster.close();
    }
  } finally {
    if (disk instanceof SmallDisk) await disk.close();
  }
}

class ChaosRun {
  readonly accepted: AcceptedJob[] = [];
  readonly #cluster: Cluster;
  readonly #disk: SmallDisk | null;
  readonly #bucket: Bucket | null;
  readonly #specs: Random;
  readonly #faultRandom: Random;
  readonly #say: (message: string) => void;
  readonly #runs = new Map<ServiceProcess, number>();
  readonly #over = new Set<string>();
  readonly #stop = new AbortController();

  constructor(
    { cluster, disk, bucket }: { cluster: Cluster; disk: SmallDisk | null; bucket: Bucket | null },
    seed: number,
    say: (message: string) => void,
  ) {
    this.#cluster = cluster;
    this.#disk = disk;
    this.#bucket = bucket;
    this.#specs = Random.seeded(seed, 'data');
    this.#faultRandom = Random.seeded(seed, 'split');
    this.#say = say;
    for (const worker of cluster.workers) {
      worker.onLog(({ event, pid, job, status }) => {
        if (event === 'run-started' && pid !== undefined) this.#runs.set(worker, pid);
        if (event !== 'run-ended') return;
        this.#runs.delete(worker);
        if (status === 'succeeded') this.#over.add(job!);
      });
    }
  }

  /** Submits jobs and injects faults for that long; returns how often each fault was injected. */
  async disturb(jobs: number, durationMs: number): Promise<Record<string, number>> {
    const timer = setTimeout(() => this.#stop.abort(), durationMs);
    const submitted = this.#submitAll(jobs, (durationMs * submissionShare) / jobs);
    const counts = await this.#inject();
    await submitted;
    clearTimeout(timer);
    return counts;
  }

  async #submitAll(count: number, pauseMs: number): Promise<void> {
    for (let i = 0; i < count; i++) {
      const spec = drawSpec(this.#specs);
      const { id } = await this.#insist((client) => client.submit(spec, { idempotencyKey: `chaos-${i}` }));
      this.accepted.push({ id, spec, retries: 0, flipped: new Set() });
      await delay(pauseMs * 2 * this.#specs.uniform());
    }
  }

  /** Asks one API after the other until one answers: what it says is then true, however often it was asked. */
  async #insist<T>(ask: (client: LookbackClient) => Promise<T>): Promise<T> {
    for (let i = 0; ; i++) {
      try {
        return await ask(this.#cluster.apis[i % this.#cluster.apis.length].client);
      } catch (error) {
        this.#say(`an API did not answer: ${(error as Error).message}`);
        await delay(retryMs);
      }
    }
  }

  /** Faults of different kinds overlap, those of one kind do not. */
  async #inject(): Promise<Record<string, number>> {
    const counts = Object.fromEntries(Object.keys(faults).map((name) => [name, 0]));
    const underWay = new Map<string, Promise<void>>();
    while (!this.#stop.signal.aborted) {
      await delay(meanPauseMs * 2 * this.#faultRandom.uniform(), undefined, { signal: this.#stop.signal }).catch(
        () => {},
      );
      const name = pick(this.#faultRandom, Object.keys(faults));
      if (underWay.has(name) || this.#stop.signal.aborted) continue;
      this.#say(name);
      const injected = faults[name](this.#surroundings()).then((wasInjected) => {
        counts[name] += wasInjected ? 1 : 0;
        underWay.delete(name);
      });
      underWay.set(name, injected);
    }
    await Promise.all(underWay.values());
    return counts;
  }

  #surroundings(): Surroundings {
    return {
      cluster: this.#cluster,
      disk: this.#disk,
      bucket: this.#bucket,
      random: this.#faultRandom,
      unfinished: () => this.accepted.map(({ id }) => id).filter((id) => !this.#over.has(id)),
      runs: this.#runs,
      onFlip: (id, step) => void this.accepted.find((job) => job.id === id)?.flipped.add(step),
      isOver: () => this.#stop.signal.aborted,
    };
  }

  /** Waits until every accepted job has succeeded, resuming what was left paused and retrying what failed as poison. */
  async settle(): Promise<void> {
    const open = new Set(this.accepted);
    this.#say(`coming to rest: ${open.size} jobs`);
    while (open.size > 0) {
      for (const job of open) {
        const { status, error } = await this.#insist((client) => client.job(job.id));
        if (status === 'succeeded' || status === 'cancelled') open.delete(job);
        // One that waits for room may go on by itself in this moment.
        else if (status === 'paused') await this.#cluster.client.resume(job.id).catch(() => {});
        else if (status === 'failed') await this.#retry(job, error?.code, open);
      }
      await delay(settleMs);
    }
  }

  /** Only poison is a failure that chaos may cause; any other stays, to be judged. */
  async #retry(job: AcceptedJob, code: string | undefined, open: Set<AcceptedJob>): Promise<void> {
    if (code !== 'poison') {
      open.delete(job);
      return;
    }
    job.retries += 1;
    await this.#insist((client) => client.retry(job.id));
  }
}
