/**
 * The truth about jobs: records, event logs and their index in Redis. What may happen is decided in `decisions.ts`;
 * here it is committed, atomically and in order.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { ulid } from 'ulid';
import { ConflictError, NotFoundError, QueueFullError, UnsupportedVersionError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { asUnavailable, asUnconfirmed, type KeyNames } from '../platform/redis/connections.ts';
import { currentVersion, ensureReadable } from '../platform/versions.ts';
import type { JobSpec } from '../spec/job-spec.ts';
import { type JobCommands, withJobCommands } from './commands/index.ts';
import { type Decide, type Decision, newJob } from './decisions.ts';
import type { EventBody, JobEvent } from './event.ts';
import type { Job } from './record.ts';
import { type JobStatus, statuses, terminalStatuses } from './status.ts';
import { UpkeepIndex } from './upkeep/upkeep-index.ts';

/** How long an Idempotency-Key is remembered. */
const idempotencySeconds = 24 * 60 * 60;

/** Records that are read at once. */
const sliceLength = 200;

/** A job's record with the revision at which it was read. */
export interface Versioned {
  job: Job;
  revision: string;
}

/** A job as it was accepted, or found to have been accepted before. */
export interface Submitted {
  job: Job;
  repeated: boolean;
}

export interface JobPage {
  jobs: Job[];
  /** Hand it to `list` for the next page; null after the last. */
  nextCursor: string | null;
}

export class JobStore {
  readonly #redis: Redis & JobCommands;
  readonly #keys: KeyNames;
  readonly upkeep: UpkeepIndex;

  constructor(redis: Redis, keys: KeyNames) {
    this.#redis = withJobCommands(redis);
    this.#keys = keys;
    this.upkeep = new UpkeepIndex(this.#redis, keys);
  }

  /**
   * Submits a job. With an idempotency key a repeated request finds the job that the first one made.
   * @param requested the spec as it came: what a repeated request is known by.
   * @throws ConflictError when the key was used for another request; QueueFullError when as many jobs are queued as may be.
   */
  async create(spec: JobSpec, idempotencyKey?: string, requested = spec): Promise<Submitted> {
    const { job, events } = newJob(`job_${ulid().toLowerCase()}`, spec, new Date());
    const keys = this.#keys;
    const [status, id] = await this.#redis
      .createJob(
        keys.job(job.id),
        keys.events(job.id),
        keys.jobs,
        keys.jobsOfStatus(job.status),
        keys.sequence,
        idempotencyKey ? keys.idempotency(idempotencyKey) : '',
        keys.undispatched,
        job.id,
        JSON.stringify(job),
        keys.eventsChannel(job.id),
        fingerprint(requested),
        idempotencySeconds,
        keys.job(''),
        limits.queuedJobs,
        ...events.map(eventFields),
      )
      .catch(
        asUnconfirmed(
          'The job may have been made all the same: the same request with the same Idempotency-Key finds it, and so does GET /v1/jobs.',
        ),
      );
    if (status === 'created') return { job, repeated: false };
    if (status === 'repeated') return { job: await this.get(id), repeated: true };
    if (status === 'reused') {
      // Posted as it came back, completed, it is the same request too.
      const job = await this.get(id);
      if (fingerprint(job.spec) === fingerprint(spec)) return { job, repeated: true };
    }
    if (status === 'full') throw new QueueFullError(limits.queuedJobs);
    throw new ConflictError(
      'idempotency_key_reused',
      `The Idempotency-Key ${JSON.stringify(idempotencyKey)} was used for a different request.`,
    );
  }

  /** The job that an earlier request for this spec, with this idempotency key, has made; undefined: there is none, or it was removed. */
  async findSubmitted(requested: JobSpec, idempotencyKey: string): Promise<Job | undefined> {
    const key = this.#keys.idempotency(idempotencyKey);
    const [id, known] = await this.#redis.hmget(key, 'id', 'fingerprint').catch(asUnavailable);
    if (!id || known !== fingerprint(requested)) return undefined;
    return (await this.getAll([id])).at(0);
  }

  /** @throws NotFoundError */
  async get(id: string): Promise<Job> {
    return (await this.read(id)).job;
  }

  async has(id: string): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.job(id)).catch(asUnavailable)) === 1;
  }

  /** @throws NotFoundError */
  async read(id: string): Promise<Versioned> {
    const [record, revision] = await this.#redis.hmget(this.#keys.job(id), 'record', 'revision').catch(asUnavailable);
    if (!record || !revision) throw new NotFoundError('job', id);
    return { job: readRecord(record), revision };
  }

  /** A job with the id of its latest event. @throws NotFoundError */
  async readWithLastEventId(id: string): Promise<{ job: Job; lastEventId: number }> {
    const answers = await this.#redis
      .multi()
      .hget(this.#keys.job(id), 'record')
      .llen(this.#keys.events(id))
      .exec()
      .catch(asUnavailable);
    const [[, record], [, lastEventId]] = answers ?? asUnavailable(new Error('The transaction was discarded.'));
    if (typeof record !== 'string') throw new NotFoundError('job', id);
    return { job: readRecord(record), lastEventId: Number(lastEventId) };
  }

  /** Whether Redis answers. @throws UnavailableError */
  async ping(): Promise<void> {
    await this.#redis.ping().catch(asUnavailable);
  }

  /** Newest first; of one status, if one is given. */
  async list({ limit, cursor, status }: { limit: number; cursor?: number; status?: JobStatus }): Promise<JobPage> {
    const index = status ? this.#keys.jobsOfStatus(status) : this.#keys.jobs;
    const below = cursor === undefined ? '+inf' : `(${cursor}`;
    const found = await this.#redis
      .zrevrangebyscore(index, below, '-inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
      .catch(asUnavailable);
    const ids = found.filter((_, i) => i % 2 === 0).slice(0, limit);
    const hasMore = found.length / 2 > limit;
    const jobs = await this.getAll(ids);
    return { jobs, nextCursor: hasMore ? found[2 * limit - 1] : null };
  }

  /** Those of these jobs that are there, in their order. */
  async getAll(ids: readonly string[]): Promise<Job[]> {
    if (ids.length === 0) return [];
    const pipeline = this.#redis.pipeline();
    for (const id of ids) pipeline.hget(this.#keys.job(id), 'record');
    const answers = (await pipeline.exec().catch(asUnavailable)) ?? [];
    // A job that was removed between the two reads is no longer there; one of a newer version must not keep the others from being seen.
    return answers.flatMap(([error, record]) => {
      if (error) asUnavailable(error);
      return typeof record === 'string' ? readableRecord(record) : [];
    });
  }

  /**
   * Every job that is not over, as of one moment: none is missed because it changes its status meanwhile. Their records
   * are read in slices.
   */
  async *unfinished(): AsyncGenerator<Job> {
    const transaction = this.#redis.multi();
    for (const status of statuses) {
      if (!terminalStatuses.has(status)) transaction.zrange(this.#keys.jobsOfStatus(status), '0', '-1');
    }
    const answers = (await transaction.exec().catch(asUnavailable)) ?? [];
    const ids = answers.flatMap(([error, found]) => (error ? asUnavailable(error) : (found as string[])));
    for (let i = 0; i < ids.length; i += sliceLength) yield* await this.getAll(ids.slice(i, i + sliceLength));
  }

  async countByStatus(): Promise<Record<JobStatus, number>> {
    const counts = await Promise.all(
      statuses.map((status) => this.#redis.zcard(this.#keys.jobsOfStatus(status))),
    ).catch(asUnavailable);
    return Object.fromEntries(statuses.map((status, i) => [status, counts[i]])) as Record<JobStatus, number>;
  }

  /**
   * Decides over a job and commits the decision; when the job changed meanwhile, decides again over what it has become.
   * Record, index and events change in one step or not at all. `known` saves the first read; it may be out of date:
   * what it would refuse or fence is decided again over the record as it is.
   * @throws NotFoundError
   */
  async change(id: string, decide: Decide, known?: Versioned): Promise<Decision & { revision: string }> {
    let { job, revision } = known ?? (await this.read(id));
    let isRead = known === undefined;
    for (;;) {
      const decision = decide(job);
      if (decision.status === 'changed') {
        const [status, record, current] = await this.#commit(job, decision, revision);
        if (status === 'committed') return { ...decision, revision: String(Number(revision) + 1) };
        if (status === 'missing') throw new NotFoundError('job', id);
        [job, revision] = [readRecord(record), current];
      } else {
        if (isRead) return { ...decision, revision };
        ({ job, revision } = await this.read(id));
      }
      isRead = true;
    }
  }

  #commit(before: Job, decision: Extract<Decision, { status: 'changed' }>, revision: string): Promise<string[]> {
    const keys = this.#keys;
    const { job, events } = decision;
    const needsWorker = job.status !== before.status && (job.status === 'pausing' || job.status === 'cancelling');
    return this.#redis
      .commitJob(
        keys.job(job.id),
        keys.events(job.id),
        keys.jobsOfStatus(before.status),
        keys.jobsOfStatus(job.status),
        keys.undispatched,
        keys.finished,
        keys.waitingForRoom,
        job.id,
        revision,
        JSON.stringify(job),
        job.status,
        keys.eventsChannel(job.id),
        needsWorker ? keys.controlChannel : '',
        randomUUID(),
        terminalStatuses.has(job.status) ? '1' : '',
        job.waitsForRoom ? '1' : '',
        ...events.map(eventFields),
      )
      .catch(asUnconfirmed('The change may have been made all the same: the job itself shows it.'));
  }

  /** The identity of this Redis as the store of one checkpoint folder. */
  get identity() {
    return {
      read: () => this.#redis.get(this.#keys.identity).catch(asUnavailable),
      claim: async (id: string) => {
        await this.#redis.setnx(this.#keys.identity, id).catch(asUnavailable);
        return (await this.#redis.get(this.#keys.identity).catch(asUnavailable)) ?? id;
      },
    };
  }

  /** Events with ids above `after`, in order. @throws NotFoundError when there is no such job. */
  async events(id: string, after: number, limit: number): Promise<JobEvent[]> {
    const lines = await this.#redis.lrange(this.#keys.events(id), after, after + limit - 1).catch(asUnavailable);
    if (lines.length === 0) await this.read(id);
    return lines.map(parseEvent);
  }

  /** Removes a job whose record is still the one that was read. */
  async remove({ job, revision }: Versioned): Promise<'removed' | 'conflict' | 'missing'> {
    const keys = this.#keys;
    const status = await this.#redis
      .removeJob(
        keys.job(job.id),
        keys.events(job.id),
        keys.jobs,
        keys.jobsOfStatus(job.status),
        keys.finished,
        job.id,
        revision,
        keys.eventsChannel(job.id),
      )
      .catch(asUnavailable);
    return status as 'removed' | 'conflict' | 'missing';
  }
}

/** @throws UnsupportedVersionError when a newer Lookback wrote it. */
export function readRecord(text: string): Job {
  const record = JSON.parse(text) as Job & { version?: number };
  ensureReadable(`The record of job ${record.id}`, record);
  return { ...record, version: record.version ?? currentVersion };
}

function readableRecord(text: string): Job[] {
  try {
    return [readRecord(text)];
  } catch (error) {
    if (error instanceof UnsupportedVersionError) return [];
    throw error;
  }
}

/** The fields of an event but for its id and time, which the script puts in front. */
function eventFields(event: EventBody): string {
  return JSON.stringify(event).slice(1, -1);
}

/** An event as it lies in the log and comes over the channel. */
export function parseEvent(line: string): JobEvent {
  const event = JSON.parse(line);
  return { ...event, at: new Date(event.at).toISOString() };
}

function fingerprint(spec: JobSpec): string {
  return createHash('sha256').update(JSON.stringify(spec)).digest('hex');
}
