/**
 * Writes server-sent events (WHATWG HTML, section 9.2), and knows every open stream so that closing the app ends them all.
 */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FastifyReply } from 'fastify';
import { onceEach } from '../platform/once-each.ts';

/** How long a client waits before it connects again. */
const retryMs = 1_000;

/** How long a closing app waits for clients to take what was sent to them. */
const closeMs = 1_000;

export interface SentEvent {
  /** Not given: the stream cannot be continued behind it. */
  id?: number;
  name: string;
  data: unknown;
}

const headers = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache, no-transform',
  // nginx would collect the events instead of passing them on.
  'x-accel-buffering': 'no',
};

export class EventStreams {
  readonly #open = new Map<ServerResponse, { stop: AbortController; closed: Promise<unknown> }>();
  readonly #heartbeatMs: number;
  #isClosing = false;

  constructor(heartbeatMs: number) {
    this.#heartbeatMs = heartbeatMs;
  }

  get size(): number {
    return this.#open.size;
  }

  /**
   * Sends events until there are no more, the client leaves or the app closes. Takes the next event only when the
   * client has room for it: what waits for a slow client is one buffer of the socket, and a client that does not drain
   * it from one heart-beat to the next is cut.
   */
  async send(reply: FastifyReply, follow: (signal: AbortSignal) => AsyncIterable<SentEvent>): Promise<void> {
    reply.hijack();
    const response = reply.raw;
    if (response.destroyed) return;
    const stop = new AbortController();
    const closed = new Promise((resolve) => response.once('close', resolve)).then(() => stop.abort());
    // A connection that breaks says so here first, and then closes.
    response.on('error', () => {});
    this.#open.set(response, { stop, closed });
    if (this.#isClosing) stop.abort();
    const stopHeartbeat = this.#beat(response);
    try {
      for (const [name, value] of Object.entries({ ...reply.getHeaders(), ...headers })) {
        if (value !== undefined) response.setHeader(name, value);
      }
      response.flushHeaders();
      // With the first event: simple clients take a block of its own for a message.
      let lead = `retry: ${retryMs}\n`;
      for await (const event of follow(stop.signal)) {
        if (!response.write(lead + onWire(event))) await once(response, 'drain', { signal: stop.signal });
        lead = '';
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      stopHeartbeat();
      this.#open.delete(response);
      // What a full buffer holds would keep the connection open for as long as the client likes.
      if (response.writableNeedDrain) response.destroy();
      else response.end();
    }
  }

  /** Keeps proxies from taking the connection for dead, and cuts clients that do not read. */
  #beat(response: ServerResponse): () => void {
    let wasFull = false;
    response.on('drain', () => {
      wasFull = false;
    });
    const timer = setInterval(() => {
      if (!response.writableNeedDrain) response.write(':\n\n');
      else if (wasFull) response.destroy();
      else wasFull = true;
    }, this.#heartbeatMs);
    return () => clearInterval(timer);
  }

  /**
   * Ends every stream; clients come back to another process, or later, with Last-Event-ID. Who does not take the rest
   * of what was sent to them is cut.
   */
  async close(): Promise<void> {
    this.#isClosing = true;
    const streams = [...this.#open];
    for (const [, { stop }] of streams) stop.abort();
    const deadline = setTimeout(() => {
      for (const [response] of streams) response.destroy();
    }, closeMs);
    await Promise.all(streams.map(([, { closed }]) => closed));
    clearTimeout(deadline);
  }
}

/** As `formatEvent`, once for all streams that the same event goes to. */
const onWire = onceEach(formatEvent);

/** An event as it goes over the wire. Line breaks in an id or a name would make other events of it, so they are refused; JSON has none. */
export function formatEvent({ id, name, data }: SentEvent): string {
  if (id !== undefined && (!Number.isSafeInteger(id) || id < 0)) throw new TypeError(`${id} is not an event id.`);
  if (!/^[a-z][a-z-]*$/.test(name)) throw new TypeError(`${JSON.stringify(name)} is not an event name.`);
  return `${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
