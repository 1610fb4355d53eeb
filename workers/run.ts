/**
 * The worker's side of one run: takes up a job, has a child process train it, writes down what the child says, and passes on what callers ask for. Every write is fenced by the attempt:
 * when another worker has taken over, nothing more is written and the child is killed.
 */
import type { ChildProcess } from 'node:child_process';
import { NotFoundError } from '../src/errors.ts';
import {
  chooseEngine,
  claim,
  type Decide,
  endRun,
  isRunBy,
  type Job,
  type JobEngine,
  type JobError,
  type RunEnd,
  reportCheckpoint,
  reportFinding,
  reportProgress,
} from '../src/jobs/job.ts';
import type { Dispatch, JobQueue } from '../src/jobs/queue.ts';
import type { JobSpec } from '../src/jobs/spec.ts';
import type { JobStore, Versioned } from '../src/jobs/store.ts';
import type { Logger } from '../src/logger.ts';
import { type Children, send } from './children.ts';
import type { FromChild } from './messages.ts';

/** How often a run says that it is alive, and for how long each word of it counts. */
export const heartbeatMs = 1_000;
export const heartbeatLifetimeMs = 5_000;

export interface RunResources {
  store: JobStore;
  queue: JobQueue;
  children: Children;
  logger: Logger;
  /** Folder of the checkpoints of all jobs. */
  checkpoints: string;
  engineFor(spec: JobSpec): JobEngine;
}

export class Run {
  readonly #resources: RunResources;
  readonly #dispatch: Dispatch;
  readonly #logger: Logger;
  #known: Versioned | undefined;
  #child: ChildProcess | undefined;
  /** Another attempt has taken over, or the job is gone: no word of this run counts any more. */
  #fenced = false;
  #handBack = false;
  #writes: Promise<void> = Promise.resolve();
  /** What a child said could not be written down, for a reason that waiting does not mend. */
  #broken: Error | undefined;

  constructor(resources: RunResources, dispatch: Dispatch) {
    this.#resources = resources;
    this.#dispatch = dispatch;
    this.#logger = resources.logger.child({ job: dispatch.id, attempt: dispatch.attempt });
  }

  get job(): string {
    return this.#dispatch.id;
  }

  /** Runs until the job is over, has been taken over, or goes back to the queue. */
  async toEnd(): Promise<void> {
    const { store } = this.#resources;
    const { id, attempt } = this.#dispatch;
    await store.renewHeartbeat(id, attempt, heartbeatLifetimeMs);
    if (!(await this.#change(claim(attempt, new Date())))) return;
    const heartbeat = setInterval(() => void this.#beat(), heartbeatMs);
    try {
      const engine = await this.#engine();
      if (!engine) return;
      const { end, error } = await this.#train(this.#known!.job, engine);
      await this.#writes;
      if (this.#broken) throw this.#broken;
      await this.#end(end, error);
    } finally {
      clearInterval(heartbeat);
    }
  }

  /** Somebody changed the job: see what they ask for. */
  async look(): Promise<void> {
    try {
      const { job } = await this.#resources.store.read(this.#dispatch.id);
      if (!isRunBy(job, this.#dispatch.attempt)) this.#fence();
      else if (job.status === 'cancelling') this.#stop(job.keepWork);
      else if (job.status === 'pausing') this.#stop(true);
    } catch (error) {
      if (error instanceof NotFoundError) this.#fence();
      else this.#logger.warn({ err: error }, 'the job’s record could not be read');
    }
  }

  /** The worker is shutting down: keep what is trained, and let another worker go on. */
  handBack(): void {
    this.#handBack = true;
    this.#stop(true);
  }

  async #engine(): Promise<JobEngine | undefined> {
    const { job } = this.#known!;
    const engine = job.engine ?? this.#resources.engineFor(job.spec);
    const isKept = job.engine !== null || (await this.#change(chooseEngine(this.#dispatch.attempt, engine)));
    return isKept ? engine : undefined;
  }

  /** Has a child train the job, and waits until the child is gone. */
  #train(job: Job, engine: JobEngine): Promise<{ end: RunEnd; error?: JobError }> {
    const { children, checkpoints } = this.#resources;
    const child = children.take(engine);
    this.#child = child;
    return new Promise((resolve) => {
      let result: { end: RunEnd; error?: JobError } = { end: 'lost' };
      child.on('message', (message: FromChild) => {
        if (message.type !== 'ended') this.#hear(message);
        else if (message.end === 'failed') result = { end: 'failed', error: message.error };
        else result = { end: message.end === 'stopped' && this.#handBack ? 'handed-back' : message.end };
      });
      child.once('exit', (code, signal) => {
        if (result.end === 'lost') this.#logger.warn({ code, signal }, 'the run’s process is gone');
        resolve(result);
      });
      const { id, spec, startFrom } = job;
      send(child, { type: 'run', assignment: { job: id, spec, engine, checkpoints, startFrom } });
      this.#logger.info({ engine: engine.name, pid: child.pid }, 'training');
      if (this.#handBack) this.#stop(true);
      void this.look();
      children.keepSpare(engine);
    });
  }

  /** Writes down what the child says, one after the other. */
  #hear(message: Exclude<FromChild, { type: 'ended' }>): void {
    const { attempt } = this.#dispatch;
    if (message.type === 'note') {
      this.#logger[message.level](message.details, message.message);
      return;
    }
    const decide =
      message.type === 'progress'
        ? reportProgress(attempt, message.progress)
        : message.type === 'checkpoint'
          ? reportCheckpoint(attempt, message.checkpoint)
          : reportFinding(attempt, message.event);
    this.#writes = this.#writes
      .then(() => this.#change(decide))
      .then(
        () => {},
        (error) => {
          this.#broken ??= error;
          this.#child?.kill('SIGKILL');
        },
      );
  }

  async #end(end: RunEnd, error?: JobError): Promise<void> {
    if (this.#fenced) return;
    if (end === 'failed') this.#logger.warn({ error }, 'the run failed');
    if (!(await this.#change(endRun(this.#dispatch.attempt, end, new Date(), error)))) return;
    const { job } = this.#known!;
    this.#logger.info({ status: job.status, step: job.step }, 'the run is over');
    if (job.status === 'queued') await this.#resources.queue.dispatch([job]);
  }

  /** Commits a decision; false when it is no longer ours to make. */
  async #change(decide: Decide): Promise<boolean> {
    if (this.#fenced) return false;
    try {
      const decision = await this.#resources.store.change(this.#dispatch.id, decide, this.#known);
      this.#known = { job: decision.job, revision: decision.revision };
      if (decision.status === 'fenced') this.#fence();
      return decision.status === 'changed';
    } catch (error) {
      if (!(error instanceof NotFoundError)) throw error;
      this.#fence();
      return false;
    }
  }

  async #beat(): Promise<void> {
    const { id, attempt } = this.#dispatch;
    if (this.#fenced) return;
    await this.#resources.store.renewHeartbeat(id, attempt, heartbeatLifetimeMs).catch(() => {});
    await this.look();
  }

  #stop(keepWork: boolean): void {
    if (this.#child) send(this.#child, { type: 'stop', keepWork });
  }

  #fence(): void {
    if (this.#fenced) return;
    this.#fenced = true;
    this.#logger.info('another attempt has taken over, or the job is gone');
    this.#child?.kill('SIGKILL');
  }
}
