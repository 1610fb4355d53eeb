/**
 * One job that is looked at: its record, and its curve from its own stream of events, which goes on behind the last
 * event that it has, whatever breaks in between. A stream that has ended is opened again when the job goes on.
 */
import { signal } from '@preact/signals';
import { ApiError, type RemoteEvent, type RemoteJob } from '../../client/client.ts';
import { terminalStatuses } from '../../jobs/status.ts';
import { Curve } from '../charts/curve.ts';
import { wordsOf } from '../live/connection.ts';
import { openEventStream } from '../live/event-stream.ts';
import { noteJob, onJobEvent } from '../live/job-list.ts';
import { soon } from '../live/soon.ts';
import { base, client } from '../service.ts';

const types = ['status', 'progress', 'checkpoint', 'evaluation', 'doctor', 'report'];
const retryMs = 2_000;
const drawMs = 40;

export class FollowedJob {
  readonly id: string;
  readonly curve = new Curve();
  readonly job = signal<RemoteJob | undefined>(undefined);
  /** Why there is no job. */
  readonly problem = signal<{ message: string; isMissing: boolean } | undefined>(undefined);
  /** Counts the changes of the curve. */
  readonly revision = signal(0);
  readonly statusEvents = signal<readonly Extract<RemoteEvent, { type: 'status' }>[]>([]);
  #closeStream: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;
  #isStale = false;
  readonly #drawSoon = soon(drawMs, () => {
    this.revision.value++;
  });
  readonly #stopListening: () => void;

  constructor(id: string) {
    this.id = id;
    this.#openStream();
    void this.read();
    this.#stopListening = onJobEvent((type, job) => {
      if (job === id && type === 'status' && !this.#closeStream) this.#openStream();
    });
  }

  /** One reading after the other: an answer that was on its way for long must not replace a later one. */
  async read(): Promise<void> {
    clearTimeout(this.#timer);
    this.#isStale = true;
    if (this.#isReading) return;
    this.#isReading = true;
    while (this.#isStale) {
      this.#isStale = false;
      await this.#readOnce();
    }
    this.#isReading = false;
  }

  async #readOnce(): Promise<void> {
    try {
      this.see(await client.job(this.id));
    } catch (error) {
      const isMissing = error instanceof ApiError && error.status < 500;
      this.problem.value = { message: wordsOf(error), isMissing };
      if (isMissing) return this.close();
      this.#timer = setTimeout(() => void this.read(), retryMs);
    }
  }

  see(job: RemoteJob): void {
    this.job.value = job;
    this.problem.value = undefined;
    noteJob(job);
  }

  close(): void {
    this.#stopListening();
    this.#closeStream?.();
    this.#closeStream = undefined;
    clearTimeout(this.#timer);
  }

  #openStream(): void {
    this.#closeStream = openEventStream({
      url: () => `${base}/v1/jobs/${encodeURIComponent(this.id)}/events?after=${this.curve.lastEventId}`,
      types,
      onEvent: (type, data, id) => this.#hear({ type, data, id } as unknown as RemoteEvent),
    });
  }

  #hear(event: RemoteEvent): void {
    this.curve.add(event);
    this.#drawSoon();
    const job = this.job.value;
    if (event.type === 'progress' && job) this.job.value = { ...job, ...event.data };
    if (event.type !== 'status') return;
    this.statusEvents.value = [...this.statusEvents.value, event];
    void this.read();
    if (!terminalStatuses.has(event.data.status)) return;
    // The stream is over, unless the job was started again since: then the stream of all jobs says so.
    this.#endWhenDone(event.id);
  }

  /** A log may go on behind a terminal status: it is over when nothing follows for a moment. */
  #endWhenDone(id: number): void {
    setTimeout(() => {
      if (this.curve.lastEventId !== id) return;
      this.#closeStream?.();
      this.#closeStream = undefined;
    }, 500);
  }
}
