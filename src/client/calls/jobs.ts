/**
 * Jobs: submitted, listed, steered, and followed by their events.
 */
import type { ChangedJob } from '../../http/routes/bulk-jobs.ts';
import type { JobEvent, SentJobEvent } from '../../jobs/event.ts';
import type { WatchedEvent } from '../../jobs/event-feed.ts';
import type { JobFilter } from '../../jobs/job-filter.ts';
import type { JobView } from '../../jobs/record.ts';
import type { Validation } from '../../jobs/use-cases/validate.ts';
import type { JobSpecInput } from '../../spec/job-spec.ts';
import { type FollowOptions, followEvents, watchEvents } from '../events.ts';
import { Calls, type Page, type PageOptions, part } from './calls.ts';

export type RemoteJob = JobView;
export type RemoteEvent = SentJobEvent;

export abstract class JobCalls extends Calls {
  /** Without an `idempotencyKey` of the caller's it carries one of its own, so that a retry makes no second job. */
  submit(spec: JobSpecInput, options: { idempotencyKey?: string } = {}): Promise<RemoteJob> {
    const headers = { 'idempotency-key': options.idempotencyKey ?? crypto.randomUUID() };
    return this.connection.json('POST', '/v1/jobs', { body: spec, headers, isRepeatable: true });
  }

  /** A dry run: what the job would be, and what the doctor says of its data. */
  validate(spec: JobSpecInput, options: { signal?: AbortSignal } = {}): Promise<Validation> {
    return this.connection.json('POST', '/v1/jobs/validate', { body: spec, isRepeatable: true, ...options });
  }

  job(id: string): Promise<RemoteJob> {
    return this.connection.json('GET', `/v1/jobs/${part(id)}`);
  }

  /** Newest first. By name or time a page may be short, or empty, before the last, whose `nextCursor` is null. */
  jobs(options: PageOptions & JobFilter = {}): Promise<Page<RemoteJob>> {
    return this.connection.json('GET', '/v1/jobs', { query: options });
  }

  /** Cancels a job; `keepWork` false: without a checkpoint of what it has learned. */
  cancel(id: string, { keepWork = true }: { keepWork?: boolean } = {}): Promise<RemoteJob> {
    return this.connection.json('POST', `/v1/jobs/${part(id)}/cancel`, {
      query: keepWork ? {} : { checkpoint: false },
    });
  }

  /** It writes a checkpoint and frees its worker. */
  pause(id: string): Promise<RemoteJob> {
    return this.connection.json('POST', `/v1/jobs/${part(id)}/pause`);
  }

  /** It goes on exactly where it stopped. */
  resume(id: string): Promise<RemoteJob> {
    return this.connection.json('POST', `/v1/jobs/${part(id)}/resume`);
  }

  /** Runs a failed or cancelled job again. */
  retry(id: string, from: 'checkpoint' | 'beginning' = 'checkpoint'): Promise<RemoteJob> {
    return this.connection.json('POST', `/v1/jobs/${part(id)}/retry`, { body: { from } });
  }

  /** Cancels jobs that fit the filter, a bounded number of them: `nextCursor` leads on. */
  cancelJobs(filter: JobFilter & { cursor?: string; checkpoint?: boolean }): Promise<Page<ChangedJob>> {
    return this.connection.json('POST', '/v1/jobs/cancel', { query: filter });
  }

  /** Removes jobs that fit the filter, a bounded number of them: `nextCursor` leads on. */
  removeJobs(filter: JobFilter & { cursor?: string }): Promise<Page<ChangedJob>> {
    return this.connection.json('DELETE', '/v1/jobs', { query: filter });
  }

  async remove(id: string): Promise<void> {
    await this.connection.json('DELETE', `/v1/jobs/${part(id)}`);
  }

  /**
   * The events of a job, from the first after `after` to the terminal status; a stream that breaks is taken up where it broke.
   * @throws ApiError when the API refuses, as for a job that does not exist.
   */
  events(id: string, after = 0, options: FollowOptions = {}): AsyncGenerator<RemoteEvent> {
    return followEvents(this.connection, `/v1/jobs/${part(id)}/events`, after, options);
  }

  /**
   * What happens to all jobs from now on. It begins with `reread`, and says it again whenever events may have been
   * missed, as after a break: read the lists then. It goes on until `signal` ends it.
   */
  watch(options: FollowOptions = {}): AsyncGenerator<WatchedEvent> {
    return watchEvents(this.connection, '/v1/events', options);
  }

  /** A page of the event log; `nextCursor` is the next `after`. */
  eventPage(id: string, options: { after?: number; limit?: number } = {}): Promise<Page<JobEvent>> {
    const headers = { accept: 'application/json' };
    return this.connection.json('GET', `/v1/jobs/${part(id)}/events`, { query: options, headers });
  }
}
