/**
 * The worker's side of one run: takes up a job, has a child process train it, writes down what the child says, and
 * passes on what callers ask for. Every write is fenced by the attempt: when another worker has taken over, nothing
 * more is written and the child is killed. While Redis is away the child trains on, and what it says waits.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { DatasetSheet } from '../src/data/datasets/sheet.ts';
import {
  claim,
  type Decide,
  endRun,
  isRunBy,
  type RunEnd,
  recordEngine,
  reportCheckpoint,
  reportFinding,
  reportProgress,
  reportStart,
  reportTime,
} from '../src/jobs/decisions.ts';
import type { Dispatch, JobQueue } from '../src/jobs/queue.ts';
import type { Job, JobEngine, JobError } from '../src/jobs/record.ts';
import type { JobStore, Versioned } from '../src/jobs/store.ts';
import { NotFoundError, UnavailableError } from '../src/platform/errors.ts';
import type { Logger } from '../src/platform/logger.ts';
import type { JobSpec } from '../src/spec/job-spec.ts';
import type { Children } from './children.ts';
import type { Examinations } from './examinations.ts';
import { describeFailure, stackTraceOf } from './failure.ts';
import type { Assignment } from './messages.ts';
import { type Lost, type ProcessReport, TrainingProcess } from './training-process.ts';

/** How often a run writes down how long it has taken, by which the reconcilers know that it is alive. */
const beatMs = 1_000;
/** A child that has said nothing for so long hangs: longer than the longest single step that the limits allow. */
const hungAfterMs = 300_000;
/** Pause before a write is tried again that Redis could not take. */
const retryMs = 500;

interface Outcome {
  end: RunEnd;
  error?: JobError;
}

export interface RunResources {
  store: JobStore;
  queue: JobQueue;
  children: Children;
  logger: Logger;
  examinations: Examinations;
  /** Silence of a child after which it is taken for hung; five minutes if it is not given. */
  hungAfterMs?: number;
  /** The folder of checkpoints and datasets. */
  storeLocation: string;
  /**
   * The engine of a run, on as many threads as pay here; the one that the job's first run has chosen stays.
   * @throws NotFoundError when the dataset of the spec is gone.
   */
  engineFor(spec: JobSpec, chosen: JobEngine | null): Promise<JobEngine>;
  /** The sheet of the dataset that a spec names; null: its task is built in. @throws NotFoundError when the dataset is gone. */
  sheetFor(spec: JobSpec): Promise<DatasetSheet | null>;
}

export class Run {
  readonly #resources: RunResources;
  readonly #dispatch: Dispatch;
  readonly #logger: Logger;
  #known: Versioned | undefined;
  #child: TrainingProcess | undefined;
  /** Another attempt has taken over, or the job is gone: no word of this run counts any more. */
  #fenced = false;
  #handBack = false;
  #isBeating = false;
  /** Why the child was ended, if it hung. */
  #hungError: JobError | undefined;
  readonly #startedAt = performance.now();
  /** What earlier runs of the job have taken. */
  #secondsBefore = 0;
  /** No longer than the events that a spec may ask for: `limits.reports` and `limits.checkpoints` bound it while Redis is away. */
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
    if (!(await this.#change(claim(this.#dispatch.attempt, new Date())))) return;
    this.#secondsBefore = this.#known!.job.trainedSeconds;
    const heartbeat = setInterval(() => void this.#beat(), beatMs);
    try {
      await this.#end(await this.#outcome());
    } finally {
      clearInterval(heartbeat);
    }
    this.#keepSpare();
  }

  async #outcome(): Promise<Outcome> {
    try {
      const outcome = await this.#train(await this.#assignment());
      await this.#writes;
      if (this.#broken) throw this.#broken;
      return outcome;
    } catch (error) {
      const stack = stackTraceOf(error);
      if (stack) this.#logger.error({ stack }, 'the run broke off');
      return { end: 'failed', error: describeFailure(error) };
    }
  }

  /** Somebody changed the job: see what they ask for. */
  async look(): Promise<void> {
    try {
      this.#followRecord((await this.#resources.store.read(this.#dispatch.id)).job);
    } catch (error) {
      if (error instanceof NotFoundError) this.#fence();
      else this.#logger.warn({ err: error }, 'the job’s record could not be read');
    }
  }

  #followRecord(job: Job): void {
    if (!isRunBy(job, this.#dispatch.attempt)) this.#fence();
    else if (job.status === 'cancelling') this.#stop(job.keepWork, true);
    else if (job.status === 'pausing') this.#stop(true);
  }

  /** The worker is shutting down: keep what is trained, and let another worker go on. */
  handBack(): void {
    this.#handBack = true;
    this.#stop(true);
  }

  async #engine(): Promise<JobEngine> {
    const { job } = this.#known!;
    const engine = await this.#resources.engineFor(job.spec, job.engine);
    if (engine.threads !== job.engine?.threads) await this.#change(recordEngine(this.#dispatch.attempt, engine));
    return engine;
  }

  async #assignment(): Promise<Assignment> {
    const { storeLocation, examinations, sheetFor } = this.#resources;
    const engine = await this.#engine();
    const { id, attempt, spec, startFrom, isExamined, trainedSeconds } = this.#known!.job;
    const [sheet, doctor] = [await sheetFor(spec), examinations.of(spec)];
    const told = { isExamined, doctor, trainedSeconds };
    return { job: id, attempt, spec, engine, sheet, storeLocation, startFrom, ...told };
  }

  /** Has a child train the job, and returns when all its messages are read. */
  async #train(assignment: Assignment): Promise<Outcome> {
    const { engine } = assignment;
    const child = new TrainingProcess(this.#resources.children.take(), (report) => this.#onReport(report));
    this.#child = child;
    if (this.#fenced) child.kill();
    child.assign(assignment);
    this.#logger.info({ engine: engine.name, pid: child.pid }, 'training');
    if (this.#handBack) this.#stop(true);
    void this.look();
    void this.#keepSpareIfAwaited();
    const ended = await child.ended;
    // It has nothing left to do, and its own way out takes longer.
    child.kill();
    if (ended.end === 'failed') return ended;
    if (ended.end === 'lost') {
      this.#logger.warn(ended, 'the run’s process is gone');
      return { end: 'lost', error: this.#hungError ?? processLost(ended) };
    }
    return { end: ended.end === 'stopped' && this.#handBack ? 'handed-back' : ended.end };
  }

  /**
   * The start of a process takes a core for a while: a run has the machine to itself for its first second, unless
   * another job waits already.
   */
  async #keepSpareIfAwaited(): Promise<void> {
    if (await this.#resources.queue.hasWaiting().catch(() => false)) this.#keepSpare();
  }

  #keepSpare(): void {
    const { engine, spec } = this.#known!.job;
    if (engine && !this.#handBack) this.#resources.children.keepSpare({ engine, diagnose: spec.diagnose });
  }

  /** Writes down what the child says, one after the other. */
  #onReport(message: ProcessReport): void {
    if (message.type === 'note') {
      this.#logger[message.level](message.details, message.message);
      return;
    }
    const decide = this.#decisionOver(message);
    this.#writes = this.#writes
      .then(() => this.#change(decide))
      .then(
        () => {},
        (error) => {
          this.#broken ??= error;
          this.#child?.kill();
        },
      );
  }

  #decisionOver(message: Exclude<ProcessReport, { type: 'note' }>): Decide {
    const { attempt } = this.#dispatch;
    switch (message.type) {
      case 'start':
        return reportStart(attempt, message.from);
      case 'progress':
        return reportProgress(attempt, message.progress);
      case 'checkpoint':
        return reportCheckpoint(attempt, message.checkpoint);
      case 'finding':
        if (message.event.type === 'doctor')
          this.#resources.examinations.remember(this.#known!.job.spec, message.event.data);
        return reportFinding(attempt, message.event);
    }
  }

  async #end({ end, error }: Outcome): Promise<void> {
    if (this.#fenced) return;
    if (end === 'failed') this.#logger.warn({ error }, 'the run failed');
    const decide = endRun(this.#dispatch.attempt, end, new Date(), error);
    const trainedSeconds = this.#trainedSeconds();
    if (!(await this.#change((job) => decide({ ...job, trainedSeconds })))) return;
    const { job } = this.#known!;
    this.#logger.info({ status: job.status, step: job.step }, 'the run is over');
    if (job.status === 'queued') await this.#resources.queue.dispatch([job]);
  }

  /** Commits a decision, however long Redis is away; false when it is no longer ours to make. */
  async #change(decide: Decide): Promise<boolean> {
    while (!this.#fenced) {
      try {
        const decision = await this.#resources.store.change(this.#dispatch.id, decide, this.#known);
        this.#remember({ job: decision.job, revision: decision.revision });
        if (decision.status === 'fenced') this.#fence();
        return decision.status === 'changed';
      } catch (error) {
        if (error instanceof NotFoundError) this.#fence();
        else if (error instanceof UnavailableError) await delay(retryMs);
        else throw error;
      }
    }
    return false;
  }

  /** Of two changes at once the later commit may answer first. */
  #remember(read: Versioned): void {
    if (this.#known && Number(read.revision) < Number(this.#known.revision)) return;
    this.#known = read;
  }

  /** One at a time: while Redis is away they must not pile up. */
  async #beat(): Promise<void> {
    this.#endHungChild();
    this.#keepSpare();
    if (this.#isBeating || this.#fenced) return;
    this.#isBeating = true;
    try {
      const pace = this.#child?.pace.of(this.#known!.job.steps) ?? null;
      const isOurs = await this.#change(reportTime(this.#dispatch.attempt, this.#trainedSeconds(), pace));
      if (isOurs) this.#followRecord(this.#known!.job);
    } catch (error) {
      this.#logger.warn({ err: error }, 'the run’s time could not be written down');
    } finally {
      this.#isBeating = false;
    }
  }

  /** Its run counts as lost then, and goes on from its last checkpoint. */
  #endHungChild(): void {
    const child = this.#child;
    if (!child || child.silentMs < (this.#resources.hungAfterMs ?? hungAfterMs)) return;
    this.#logger.warn({ pid: child.pid, silentMs: child.silentMs }, 'the run’s process hangs');
    this.#hungError = processHung(child.silentMs);
    child.kill();
  }

  #trainedSeconds(): number {
    return Math.round(this.#secondsBefore * 1000 + performance.now() - this.#startedAt) / 1000;
  }

  #stop(keepWork: boolean, isFinal = false): void {
    this.#child?.stop(keepWork, isFinal);
  }

  #fence(): void {
    if (this.#fenced) return;
    this.#fenced = true;
    this.#logger.info('another attempt has taken over, or the job is gone');
    this.#child?.kill();
  }
}

function processLost({ code, signal }: Lost): JobError {
  const message = `its process ${signal ? `was ended by ${signal}` : `exited with code ${code}`}`;
  return { category: 'infrastructure', code: 'process_lost', message };
}

function processHung(silentMs: number): JobError {
  const message = `its process said nothing for ${Math.round(silentMs / 1000)} s and was ended`;
  return { category: 'infrastructure', code: 'process_hung', message };
}
