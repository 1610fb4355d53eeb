/**
 * The events of a job as an async iterable that goes on where a broken stream ended, and ends with the terminal event.
 */
import { createParser } from 'eventsource-parser';
import type { SentJobEvent } from '../jobs/event.ts';
import type { WatchedEvent } from '../jobs/event-feed.ts';
import { terminalStatuses } from '../jobs/status.ts';
import { type Connection, pause } from './connection.ts';
import { errorOf } from './errors.ts';

export interface FollowOptions {
  /** Ends the stream from this side. */
  signal?: AbortSignal;
  /** Told once each time that the service cannot be reached, or cannot answer for the moment; the stream waits for it. */
  onAway?: () => void;
}

/** Pause before a broken stream is opened again. */
const retryMs = 1_000;

/**
 * From the first event behind `after` to the terminal status.
 * @throws ApiError when the API refuses, as for a job that does not exist; what `signal` is aborted with.
 */
export async function* followEvents(
  connection: Connection,
  path: string,
  after: number,
  { signal, onAway }: FollowOptions = {},
): AsyncGenerator<SentJobEvent> {
  let last = after;
  let isOver = false;
  let isAway = false;
  for (;;) {
    const response = await open(connection, path, last, signal);
    if (response?.status === 204) return;
    if (response === undefined && !isAway) onAway?.();
    isAway = response === undefined;
    if (response?.body) {
      for await (const sent of readEvents(response.body)) {
        if (!sent.id) continue;
        const event = { ...sent, id: Number(sent.id) } as SentJobEvent;
        last = event.id;
        yield event;
        isOver = event.type === 'status' && terminalStatuses.has(event.data.status);
      }
    }
    signal?.throwIfAborted();
    // After a terminal status the server is asked at once whether that was all: it is, unless the job was retried.
    if (!isOver) await pause(retryMs, signal);
  }
}

/**
 * The events of all jobs, from now on, over one stream after the other.
 * @throws ApiError when the API refuses; what `signal` is aborted with.
 */
export async function* watchEvents(
  connection: Connection,
  path: string,
  { signal, onAway }: FollowOptions = {},
): AsyncGenerator<WatchedEvent> {
  let isAway = false;
  for (;;) {
    const response = await open(connection, path, undefined, signal);
    if (response === undefined && !isAway) onAway?.();
    isAway = response === undefined;
    if (response?.body) {
      for await (const { type, data } of readEvents(response.body)) yield { type, data } as WatchedEvent;
    }
    signal?.throwIfAborted();
    await pause(retryMs, signal);
  }
}

/** The stream's response; undefined when the server cannot be reached or is not able to answer for the moment. */
async function open(
  connection: Connection,
  path: string,
  last: number | undefined,
  signal: AbortSignal | undefined,
): Promise<Response | undefined> {
  const behind: Record<string, string> = last === undefined ? {} : { 'last-event-id': String(last) };
  const headers = { accept: 'text/event-stream', ...behind };
  const response = await connection.fetch(connection.url(path), { headers, signal }).catch(() => undefined);
  signal?.throwIfAborted();
  if (!response || response.status === 503) return undefined;
  if (!response.ok) throw await errorOf(response);
  return response;
}

interface StreamedEvent {
  id?: string;
  type: string;
  data: unknown;
}

/** The events of one response; it ends quietly when the connection does. */
async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<StreamedEvent> {
  const arrived: StreamedEvent[] = [];
  const parser = createParser({
    onEvent: ({ id, event, data }) => {
      if (event) arrived.push({ id, type: event, data: JSON.parse(data) });
    },
  });
  const decoder = new TextDecoder();
  // Not every browser iterates over a stream.
  const reader = body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      parser.feed(decoder.decode(value, { stream: true }));
      yield* arrived.splice(0);
    }
  } catch (error) {
    // A connection that broke is a TypeError, one that was ended from this side an AbortError.
    if (!(error instanceof TypeError) && (error as Error).name !== 'AbortError') throw error;
  } finally {
    await reader.cancel().catch(() => {});
  }
}
