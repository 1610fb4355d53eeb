/**
 * A client of event streams, as an EventSource would read them.
 */
import { createParser } from 'eventsource-parser';

export interface ReceivedEvent {
  id: number;
  name: string | undefined;
  data: Record<string, unknown>;
}

export interface EventStream {
  response: Response;
  /** Milliseconds that the server asked to wait before a reconnection. */
  retry: number | undefined;
  /** Comments that came: heart-beats. */
  comments: string[];
  /** The next event; undefined when the stream has ended. */
  next(): Promise<ReceivedEvent | undefined>;
  /** Everything up to the end of the stream. */
  rest(): Promise<ReceivedEvent[]>;
  /** Resolves at the next heart-beat. */
  heartbeat(): Promise<void>;
  close(): void;
}

export async function openStream(url: string, headers: Record<string, string> = {}): Promise<EventStream> {
  const control = new AbortController();
  const response = await fetch(url, { headers: { accept: 'text/event-stream', ...headers }, signal: control.signal });
  const received: ReceivedEvent[] = [];
  const comments: string[] = [];
  let retry: number | undefined;
  const parser = createParser({
    onEvent: ({ id, event, data }) => received.push({ id: Number(id), name: event, data: JSON.parse(data) }),
    onRetry: (ms) => {
      retry = ms;
    },
    onComment: (comment) => comments.push(comment),
  });
  const chunks = response.body?.pipeThrough(new TextDecoderStream()).getReader();

  /** Reads until there is something new to look at; false at the end. */
  async function read(): Promise<boolean> {
    const chunk = await chunks?.read();
    if (!chunk || chunk.done) return false;
    parser.feed(chunk.value);
    return true;
  }

  async function next(): Promise<ReceivedEvent | undefined> {
    while (received.length === 0) {
      if (!(await read())) return undefined;
    }
    return received.shift();
  }

  return {
    response,
    comments,
    get retry() {
      return retry;
    },
    next,
    async rest() {
      const events: ReceivedEvent[] = [];
      for (let event = await next(); event; event = await next()) events.push(event);
      return events;
    },
    async heartbeat() {
      const before = comments.length;
      while (comments.length === before && (await read()));
    },
    close: () => control.abort(),
  };
}

export function idsFrom(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
