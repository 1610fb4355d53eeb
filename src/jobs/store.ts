/**
 * The truth about jobs: records, event logs and their index in Redis. `job-reader.ts` reads them, `decisions/` decides
 * what may happen, and here it is committed, atomically and in order.
 */
import { createHash, randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { ulid } from 'ulid';
import { ConflictError, NotFoundError, QueueFullError } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';
import { asUnavailable, asUnconfirmed, type KeyNames } from '../platform/redis/connections.ts';
import type { JobSpec } from '../spec/job-spec.ts';
import { type JobCommands, withJobCommands } from './commands/index.ts';
import type { Decide, Decision } from './decisions/decision.ts';
import { newJob } from './decisions/verbs.ts';
import type { EventBody } from './event.ts';
import { JobReader, type Versioned } from './job-reader.ts';
import type { Job } from './record.ts';
import { terminalStatuses } from './status.ts';
import { eventFields, readRecord } from './stored-text.ts';
import { UnsettledChanges } from './upkeep/unsettled.ts';
import { UpkeepIndex } from './upkeep/upkeep-index.ts';

/** How long an Idempotency-Key is remembered. */
const idempotencySeconds = 24 * 60 * 60;

/** An id that no job has had. */
export function newJobId(): string {
  return `job_${ulid().toLowerCase()}`;
}

/** A job as it was accepted, or found to have been accepted before. */
export interface Submitted {
  job: Job;
  repeated: boolean;
}

export class JobStore extends JobReader {
  readonly #commands: JobCommands;
  readonly upkeep: UpkeepIndex;
  readonly unsettled: UnsettledChanges;

  constructor(redis: Redis, keys: KeyNames) {
    super(redis, keys);
    const commanded = withJobCommands(redis);
    this.#commands = commanded;
    this.upkeep = new UpkeepIndex(commanded, keys);
    this.unsettled = new UnsettledChanges(redis, keys);
  }

  /**
   * Submits a job. With an idempotency key a repeated request finds the job that the first one made.
   * @param requested the spec as it came: what a repeated request is known by.
   * @param diskBytes what the job may take on disk at its most; null: not known.
   * @throws ConflictError when the key was used for another request; QueueFullError when as many jobs are queued as may be.
   */
  async create(
    spec: JobSpec,
    idempotencyKey?: string,
    requested = spec,
    diskBytes: number | null = null,
    newId = newJobId(),
  ): Promise<Submitted> {
    const made = newJob(newId, spec, new Date(), diskBytes);
    const submitted = await this.#create(made, requested, idempotencyKey);
    // Posted as it came back, completed, it is the same request too.
    const isSame = submitted.isReused && submitted.job.spec && fingerprint(submitted.job.spec) === fingerprint(spec);
    return isSame ? { job: submitted.job, repeated: true } : ofThisRequest(submitted, idempotencyKey);
  }

  /**
   * Records a job that is over from the beginning.
   * @param requested what a repeated request is known by.
   * @throws ConflictError when the key was used for another request.
   */
  async createImported(
    made: { job: Job; events: EventBody[] },
    requested: object,
    idempotencyKey?: string,
  ): Promise<Submitted> {
    return ofThisRequest(await this.#create(made, requested, idempotencyKey), idempotencyKey);
  }

  /** The job, or that of an earlier request with this key: `isReused`, where that was another request. */
  async #create(
    { job, events }: { job: Job; events: EventBody[] },
    requested: object,
    idempotencyKey?: string,
  ): Promise<Submitted & { isReused: boolean }> {
    const keys = this.keys;
    const isOver = terminalStatuses.has(job.status);
    const [status, id] = await this.#commands
      .createJob(
        keys.job(job.id),
        keys.events(job.id),
        keys.jobs,
        keys.jobsOfStatus(job.status),
        keys.sequence,
        // Never an empty one: users of Redis may be held to keys that begin with ours.
        keys.idempotency(idempotencyKey ?? ''),
        isOver ? keys.finished : keys.undispatched,
        job.id,
        JSON.stringify(job),
        keys.eventsChannel(job.id),
        idempotencyKey ? fingerprint(requested) : '',
        idempotencySeconds,
        keys.job(''),
        isOver ? '' : limits.queuedJobs,
        job.status,
        ...events.map(eventFields),
      )
      .catch(
        asUnconfirmed(
          'The job may have been made all the same: the same request with the same Idempotency-Key finds it, and so does GET /v1/jobs.',
        ),
      );
    if (status === 'full') throw new QueueFullError(limits.queuedJobs);
    if (status === 'created') return { job, repeated: false, isReused: false };
    return { job: await this.get(id), repeated: true, isReused: status === 'reused' };
  }

  /** The job that an earlier request for this spec, with this idempotency key, has made; undefined: there is none, or it was removed. */
  async findSubmitted(requested: object, idempotencyKey: string): Promise<Job | undefined> {
    const key = this.keys.idempotency(idempotencyKey);
    const [id, known] = await this.redis.hmget(key, 'id', 'fingerprint').catch(asUnavailable);
    if (!id || known !== fingerprint(requested)) return undefined;
    return (await this.getAll([id])).at(0);
  }

  /** Whether Redis answers. @throws UnavailableError */
  async ping(): Promise<void> {
    await this.redis.ping().catch(asUnavailable);
  }

  /**
   * Decides over a job and commits the decision; when the job changed meanwhile, decides again over what it has become.
   * Record, index and events change in one step or not at all. `known` saves the first read; it may be out of date:
   * what it would refuse or fence is decided again over the record as it is.
   * @throws NotFoundError; ConflictError `in_use` where a job that an alias names would begin again.
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
        if (status === 'in_use') throw await this.inUse(id);
        [job, revision] = [readRecord(record), current];
      } else {
        if (isRead) return { ...decision, revision };
        ({ job, revision } = await this.read(id));
      }
      isRead = true;
    }
  }

  #commit(before: Job, decision: Extract<Decision, { status: 'changed' }>, revision: string): Promise<string[]> {
    const keys = this.keys;
    const { job, events } = decision;
    const needsWorker = job.status !== before.status && (job.status === 'pausing' || job.status === 'cancelling');
    const startsOver =
      job.startFrom === 'beginning' && terminalStatuses.has(before.status) && !terminalStatuses.has(job.status);
    return this.#commands
      .commitJob(
        keys.job(job.id),
        keys.events(job.id),
        keys.jobsOfStatus(before.status),
        keys.jobsOfStatus(job.status),
        keys.undispatched,
        keys.finished,
        keys.waitingForRoom,
        keys.aliasesOf(job.id),
        job.id,
        revision,
        JSON.stringify(job),
        job.status,
        keys.eventsChannel(job.id),
        needsWorker ? keys.controlChannel : '',
        randomUUID(),
        terminalStatuses.has(job.status) ? '1' : '',
        job.waitsForRoom ? '1' : '',
        startsOver ? '1' : '',
        ...events.map(eventFields),
      )
      .catch(asUnconfirmed('The change may have been made all the same: the job itself shows it.'));
  }

  /** The identity that this Redis shares with one store of checkpoints and datasets. */
  get identity() {
    return {
      read: () => this.redis.get(this.keys.identity).catch(asUnavailable),
      claim: async (id: string) => {
        await this.redis.setnx(this.keys.identity, id).catch(asUnavailable);
        return (await this.redis.get(this.keys.identity).catch(asUnavailable)) ?? id;
      },
    };
  }

  /** Removes a job whose record is still the one that was read. @throws ConflictError `in_use` while an alias names it. */
  async remove({ job, revision }: Versioned): Promise<'removed' | 'conflict' | 'missing'> {
    const keys = this.keys;
    const status = await this.#commands
      .removeJob(
        keys.job(job.id),
        keys.events(job.id),
        keys.jobs,
        keys.jobsOfStatus(job.status),
        keys.finished,
        keys.aliasesOf(job.id),
        job.id,
        revision,
        keys.eventsChannel(job.id),
      )
      .catch(asUnavailable);
    if (status === 'in_use') throw await this.inUse(job.id);
    return status as 'removed' | 'conflict' | 'missing';
  }
}

function fingerprint(request: object): string {
  return createHash('sha256').update(JSON.stringify(request)).digest('hex');
}

function ofThisRequest(
  { isReused, ...submitted }: Submitted & { isReused: boolean },
  key: string | undefined,
): Submitted {
  if (!isReused) return submitted;
  throw new ConflictError(
    'idempotency_key_reused',
    `The Idempotency-Key ${JSON.stringify(key)} was used for a different request.`,
  );
}
