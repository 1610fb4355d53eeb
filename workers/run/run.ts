/**
 * The worker's side of one run: claims the job, has a child process train it, writes down what the child says, and
 * passes on what callers ask for.
 */
import type { DatasetSheet } from '../../src/data/datasets/sheet.ts';
import { type Decide, isRunBy } from '../../src/jobs/decisions/decision.ts';
import { endRun, type RunEnd } from '../../src/jobs/decisions/run-end.ts';
import {
  claim,
  recordEngine,
  reportCheckpoint,
  reportFinding,
  reportProgress,
  reportStart,
  reportTime,
} from '../../src/jobs/decisions/run-reports.ts';
import type { Dispatch, JobQueue } from '../../src/jobs/queue.ts';
import { type Job, type JobEngine, type JobError, specOf } from '../../src/jobs/record.ts';
import type { JobStore } from '../../src/jobs/store.ts';
import { trainedBefore } from '../../src/jobs/trained-before.ts';
import { logEvent } from '../../src/platform/log-events.ts';
import type { Logger } from '../../src/platform/logger.ts';
import type { JobSpec } from '../../src/spec/job-spec.ts';
import { describeFailure, stackTraceOf } from '../failure.ts';
import type { Assignment, StopRequest } from '../messages.ts';
import { RunClock } from '../run-clock.ts';
import type { Children } from './children.ts';
import type { Examinations } from './examinations.ts';
import { RunRecord } from './run-record.ts';
import { type ProcessReport, TrainingProcess } from './training-process.ts';

/** How often a run writes down how long it has taken, by which the reconcilers know that it is alive. */
const beatMs = 1_000;
/** A child that has said nothing for so long hangs: longer than the longest single step that the limits allow. */
const hungAfterMs = 300_000;
/** What is trained is kept, and a later run goes on from it. */
const stopAndGoOnLater: StopRequest = { keepWork: true, isFinal: false };

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
  /** What the checkpoints of all jobs may take on disk; 0: as much as there is. */
  maxCheckpointBytes: number;
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
  readonly #record: RunRecord;
  #child: TrainingProcess | undefined;
  #isHandedBack = false;
  #isBeating = false;
  /** Counts from when the job is claimed. */
  #clock: RunClock | undefined;

  constructor(resources: RunResources, dispatch: Dispatch) {
    this.#resources = resources;
    this.#dispatch = dispatch;
    this.#logger = resources.logger.child({ job: dispatch.id, attempt: dispatch.attempt });
    const onUnwritable = () => this.#child?.kill();
    this.#record = new RunRecord({ store: resources.store, dispatch, logger: this.#logger, onUnwritable });
  }

  get job(): string {
    return this.#dispatch.id;
  }

  /** Runs until the job is over, has been taken over, or goes back to the queue. */
  async toEnd(): Promise<void> {
    if (!(await this.#record.change(claim(this.#dispatch.attempt, new Date())))) return;
    this.#clock = new RunClock(this.#record.job);
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
      await this.#record.written();
      return outcome;
    } catch (error) {
      const stack = stackTraceOf(error);
      if (stack) this.#logger.error({ stack }, 'the run broke off');
      return { end: 'failed', error: describeFailure(error) };
    }
  }

  async #assignment(): Promise<Assignment> {
    const { store, storeLocation, maxCheckpointBytes, examinations, sheetFor } = this.#resources;
    const engine = await this.#engine();
    const { id, attempt, startFrom, isExamined, trainedSeconds, diagnosedSeconds } = this.#record.job;
    const spec = specOf(this.#record.job);
    const [sheet, doctor] = [await sheetFor(spec), examinations.of(spec)];
    const told = {
      maxCheckpointBytes,
      isExamined,
      trainedBefore: await trainedBefore(store, spec, sheetFor),
      doctor,
      times: { trainedSeconds, diagnosedSeconds },
    };
    return { job: id, attempt, spec, engine, sheet, storeLocation, startFrom, ...told };
  }

  async #engine(): Promise<JobEngine> {
    const { job } = this.#record;
    const engine = await this.#resources.engineFor(specOf(job), job.engine);
    if (engine.threads !== job.engine?.threads) await this.#record.change(recordEngine(this.#dispatch.attempt, engine));
    return engine;
  }

  /** Has a child train the job, and returns when all its messages are read. */
  async #train(assignment: Assignment): Promise<Outcome> {
    const { engine } = assignment;
    const child = new TrainingProcess(this.#resources.children.take(), (report) => this.#onReport(report));
    this.#child = child;
    if (this.#record.isFenced) child.kill();
    child.assign(assignment);
    this.#logger.info(logEvent('run-started', { engine: engine.name, pid: child.pid }), 'training');
    if (this.#isHandedBack) child.stop(stopAndGoOnLater);
    void this.look();
    void this.#keepSpareIfAwaited();
    const ended = await child.ended;
    // It has nothing left to do, and its own way out takes longer.
    child.kill();
    if (ended.end === 'lost') this.#logger.warn({ error: ended.error }, 'the run’s process is gone');
    return ended.end === 'stopped' && this.#isHandedBack ? { end: 'handed-back' } : ended;
  }

  /** Writes down what the child says, one after the other. */
  #onReport(message: ProcessReport): void {
    if (message.type === 'note') this.#logger[message.level](message.details, message.message);
    else if (message.type === 'work') this.#clock?.turnTo(message.work);
    else this.#record.changeInOrder(this.#decisionOver(message));
  }

  #decisionOver(message: Exclude<ProcessReport, { type: 'note' | 'work' }>): Decide {
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
          this.#resources.examinations.remember(specOf(this.#record.job), message.event.data);
        return reportFinding(attempt, message.event);
    }
  }

  async #end({ end, error }: Outcome): Promise<void> {
    if (this.#record.isFenced) return;
    if (end === 'failed') this.#logger.warn({ error }, 'the run failed');
    const decide = endRun(this.#dispatch.attempt, end, new Date(), error);
    const times = this.#clock?.times;
    if (!(await this.#record.change((job) => decide({ ...job, ...times })))) return;
    const { job } = this.#record;
    this.#logger.info(logEvent('run-ended', { status: job.status, step: job.step, ...times }), 'the run is over');
    if (job.status === 'queued') await this.#resources.queue.dispatch([job]);
  }

  /** Reads the record, which somebody has changed, and does what it asks for. */
  async look(): Promise<void> {
    try {
      const job = await this.#record.read();
      if (job) this.#follow(job);
    } catch (error) {
      this.#logger.warn({ err: error }, 'the job’s record could not be read');
    }
  }

  #follow(job: Job): void {
    if (!isRunBy(job, this.#dispatch.attempt)) this.#record.fence();
    else if (job.status === 'cancelling') this.#child?.stop({ keepWork: job.keepWork, isFinal: true });
    else if (job.status === 'pausing') this.#child?.stop(stopAndGoOnLater);
  }

  /** The worker is shutting down: keeps what is trained, and lets another worker go on. */
  handBack(): void {
    this.#isHandedBack = true;
    this.#child?.stop(stopAndGoOnLater);
  }

  /** One at a time: while Redis is away they must not pile up. */
  async #beat(): Promise<void> {
    this.#endHungChild();
    this.#keepSpare();
    const clock = this.#clock;
    if (this.#isBeating || this.#record.isFenced || !clock) return;
    this.#isBeating = true;
    try {
      const pace = this.#child?.pace.of(this.#record.job.steps) ?? null;
      const isOurs = await this.#record.change(reportTime(this.#dispatch.attempt, clock.times, pace));
      if (isOurs) this.#follow(this.#record.job);
    } catch (error) {
      this.#logger.warn({ err: error }, 'the run’s time could not be written down');
    } finally {
      this.#isBeating = false;
    }
  }

  #endHungChild(): void {
    const error = this.#child?.endIfSilentFor(this.#resources.hungAfterMs ?? hungAfterMs);
    if (error) this.#logger.warn({ pid: this.#child?.pid, error }, 'the run’s process hangs');
  }

  /**
   * The start of a process takes a core for a while: a run has the machine to itself for its first second, unless
   * another job waits already.
   */
  async #keepSpareIfAwaited(): Promise<void> {
    if (await this.#resources.queue.hasWaiting().catch(() => false)) this.#keepSpare();
  }

  #keepSpare(): void {
    const { engine, spec } = this.#record.job;
    if (engine && !this.#isHandedBack)
      this.#resources.children.keepSpare({ engine, diagnose: spec?.diagnose !== false });
  }
}
