/**
 * What can be read of jobs in Redis: single records, pages, counts and events.
 */
import type { Redis } from 'ioredis';
import { ConflictError, NotFoundError } from '../platform/errors.ts';
import { asUnavailable, type KeyNames } from '../platform/redis/connections.ts';
import type { JobEvent } from './event.ts';
import { fitOf, type JobFilter } from './job-filter.ts';
import type { Job } from './record.ts';
import { type JobStatus, statuses, terminalStatuses } from './status.ts';
import { parseEvent, readableRecord, readRecord } from './stored-text.ts';

/** Records that are read at once. */
const sliceLength = 200;
/** Jobs that one page looks at. */
const mostExamined = 1_000;

/** A job's record with the revision at which it was read. */
export interface Versioned {
  job: Job;
  revision: string;
}

export interface ListOptions extends JobFilter {
  limit: number;
  cursor?: number;
}

export interface JobPage {
  jobs: Job[];
  /** Hand it to `list` for the next page; null after the last. */
  nextCursor: string | null;
}

export class JobReader {
  protected readonly redis: Redis;
  protected readonly keys: KeyNames;

  constructor(redis: Redis, keys: KeyNames) {
    this.redis = redis;
    this.keys = keys;
  }

  /** @throws NotFoundError */
  async get(id: string): Promise<Job> {
    return (await this.read(id)).job;
  }

  async has(id: string): Promise<boolean> {
    return (await this.redis.exists(this.keys.job(id)).catch(asUnavailable)) === 1;
  }

  /** @throws NotFoundError */
  async read(id: string): Promise<Versioned> {
    const [record, revision] = await this.redis.hmget(this.keys.job(id), 'record', 'revision').catch(asUnavailable);
    if (!record || !revision) throw new NotFoundError('job', id);
    return { job: readRecord(record), revision };
  }

  /** A job with the id of its latest event. @throws NotFoundError */
  async readWithLastEventId(id: string): Promise<{ job: Job; lastEventId: number }> {
    const answers = await this.redis
      .multi()
      .hget(this.keys.job(id), 'record')
      .llen(this.keys.events(id))
      .exec()
      .catch(asUnavailable);
    const [[, record], [, lastEventId]] = answers ?? asUnavailable(new Error('The transaction was discarded.'));
    if (typeof record !== 'string') throw new NotFoundError('job', id);
    return { job: readRecord(record), lastEventId: Number(lastEventId) };
  }

  /**
   * Newest first; those that fit the filter. It looks at `mostExamined` jobs: a page of a name or a time may have fewer
   * than `limit`, or none, before the last.
   */
  async list({ limit, cursor, ...filter }: ListOptions): Promise<JobPage> {
    const fits = fitOf(filter);
    if (!fits) return this.#page(limit, cursor, filter.status);
    const found: Job[] = [];
    for (let examined = 0, next = cursor; ; ) {
      const page = await this.#page(sliceLength, next, filter.status);
      const fitting = page.jobs.filter(fits);
      found.push(...fitting.slice(0, limit - found.length));
      const last = found.at(-1);
      if (last && found.length === limit && last !== page.jobs.at(-1)) {
        return { jobs: found, nextCursor: page.places.get(last.id)! };
      }
      examined += sliceLength;
      const isDone = found.length === limit || examined >= mostExamined;
      if (page.nextCursor === null || isDone) return { jobs: found, nextCursor: page.nextCursor };
      next = Number(page.nextCursor);
    }
  }

  /** Of one status, if one is given; with the place of each job, which a page may go on behind. */
  async #page(limit: number, cursor?: number, status?: JobStatus): Promise<JobPage & { places: Map<string, string> }> {
    const index = status ? this.keys.jobsOfStatus(status) : this.keys.jobs;
    const below = cursor === undefined ? '+inf' : `(${cursor}`;
    const found = await this.redis
      .zrevrangebyscore(index, below, '-inf', 'WITHSCORES', 'LIMIT', 0, limit + 1)
      .catch(asUnavailable);
    const ids = found.filter((_, i) => i % 2 === 0).slice(0, limit);
    const hasMore = found.length / 2 > limit;
    const jobs = await this.getAll(ids);
    const places = new Map(ids.map((id, i) => [id, found[2 * i + 1]]));
    return { jobs, places, nextCursor: hasMore ? found[2 * limit - 1] : null };
  }

  /** Those of these jobs that are there, in their order. */
  async getAll(ids: readonly string[]): Promise<Job[]> {
    if (ids.length === 0) return [];
    const pipeline = this.redis.pipeline();
    for (const id of ids) pipeline.hget(this.keys.job(id), 'record');
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
    const transaction = this.redis.multi();
    for (const status of statuses) {
      if (!terminalStatuses.has(status)) transaction.zrange(this.keys.jobsOfStatus(status), '0', '-1');
    }
    const answers = (await transaction.exec().catch(asUnavailable)) ?? [];
    const ids = answers.flatMap(([error, found]) => (error ? asUnavailable(error) : (found as string[])));
    for (let i = 0; i < ids.length; i += sliceLength) yield* await this.getAll(ids.slice(i, i + sliceLength));
  }

  async countByStatus(): Promise<Record<JobStatus, number>> {
    const counts = await Promise.all(statuses.map((status) => this.redis.zcard(this.keys.jobsOfStatus(status)))).catch(
      asUnavailable,
    );
    return Object.fromEntries(statuses.map((status, i) => [status, counts[i]])) as Record<JobStatus, number>;
  }

  /**
   * Whether aliases name the job: then neither it nor any of its checkpoints may go.
   * @throws ConflictError `in_use` that names them.
   */
  async throwIfInUse(id: string): Promise<void> {
    if (await this.redis.exists(this.keys.aliasesOf(id)).catch(asUnavailable)) throw await this.inUse(id);
  }

  /** Those of these jobs that no alias names. */
  async unaliased(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const pipeline = this.redis.pipeline();
    for (const id of ids) pipeline.exists(this.keys.aliasesOf(id));
    const answers = (await pipeline.exec().catch(asUnavailable)) ?? [];
    return ids.filter((_, i) => {
      const [error, isNamed] = answers[i];
      return error ? asUnavailable(error) : isNamed === 0;
    });
  }

  protected async inUse(id: string): Promise<ConflictError> {
    const names = await this.redis.smembers(this.keys.aliasesOf(id)).catch(asUnavailable);
    const aliases = names.length === 1 ? `the alias ${names[0]} names` : `the aliases ${names.sort().join(', ')} name`;
    return new ConflictError('in_use', `The job ${id} is in use: ${aliases} it.`);
  }

  /** Events with ids above `after`, in order. @throws NotFoundError when there is no such job. */
  async events(id: string, after: number, limit: number): Promise<JobEvent[]> {
    const lines = await this.redis.lrange(this.keys.events(id), after, after + limit - 1).catch(asUnavailable);
    if (lines.length === 0) await this.read(id);
    return lines.map(parseEvent);
  }
}
