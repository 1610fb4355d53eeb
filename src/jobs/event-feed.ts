/**
 * What happens to all jobs at once, for those who watch a list of them: over one subscription for all watchers of a
 * process. It replays nothing: a watcher reads the lists when it is told to, and from there on nothing is missing.
 */
import type { Redis } from 'ioredis';
import type { KeyNames } from '../platform/redis/connections.ts';
import type { JobEvent } from './event.ts';
import { parseEvent } from './stored-text.ts';

/** An event of one of the jobs; that one was removed; or that events may have been missed: the lists are to be read again. */
export type FeedItem = { type: 'event'; job: string; event: JobEvent } | { type: 'removed'; job: string } | Reread;
type Reread = { type: 'reread' };

/** An item as a stream sends it; what is long is read where one job is looked at. */
export type WatchedEvent =
  | { type: 'reread'; data: Record<string, never> }
  | { type: 'removed'; data: { job: string } }
  | WatchedJobEvent;
type WatchedJobEvent = WatchedOf<JobEvent>;
type WatchedOf<Event> = Event extends { type: infer Type; data: infer Data }
  ? {
      type: Type;
      data: (Type extends 'doctor' | 'report' ? unknown : Data) & { job: string; event: number; at: string };
    }
  : never;

/** What a watcher may lag behind before it has to read the lists again: what bounds its memory. */
const maxPending = 1_000;

interface Watcher {
  pending: FeedItem[];
  wake: () => void;
}

const reread: Reread = { type: 'reread' };

export class EventFeed {
  readonly #redis: Redis;
  readonly #channels: KeyNames['eventsChannel'];
  readonly #watchers = new Set<Watcher>();
  #isSubscribed = false;

  /** @param redis a connection in subscriber mode, which other subscriptions may share. */
  constructor(redis: Redis, keys: KeyNames) {
    this.#redis = redis;
    this.#channels = keys.eventsChannel;
    redis.on('pmessage', (pattern: string, channel: string, message: string) => {
      if (pattern === this.#pattern) this.#deliver(channel.slice(this.#channels('').length), message);
    });
    redis.on('close', () => {
      this.#isSubscribed = false;
    });
    // What happened while the connection was away came over no channel.
    redis.on('ready', () => this.#watchers.size > 0 && this.#subscribe());
  }

  get #pattern(): string {
    return this.#channels('*');
  }

  #deliver(job: string, message: string): void {
    const item: FeedItem =
      message === '{"removed":true}' ? { type: 'removed', job } : { type: 'event', job, event: parseEvent(message) };
    for (const watcher of this.#watchers) add(watcher, item);
  }

  #subscribe(): void {
    const tell = () => {
      this.#isSubscribed = true;
      for (const watcher of this.#watchers) add(watcher, reread);
    };
    // It fails only with its connection, and then the next one subscribes again.
    this.#redis.psubscribe(this.#pattern).then(tell, () => {});
  }

  #unsubscribe(): void {
    this.#isSubscribed = false;
    this.#redis.punsubscribe(this.#pattern).catch(() => {});
  }

  /**
   * Begins with `reread`, once the subscription holds, and says it again whenever events may have been missed: after an
   * absence of Redis, or where the watcher was too slow. Ends when `signal` aborts.
   */
  async *watch(signal: AbortSignal): AsyncGenerator<FeedItem> {
    const watcher: Watcher = { pending: [], wake: () => {} };
    const onAbort = () => watcher.wake();
    signal.addEventListener('abort', onAbort);
    this.#watchers.add(watcher);
    if (this.#isSubscribed) add(watcher, reread);
    else this.#subscribe();
    try {
      while (!signal.aborted) {
        for (const item of watcher.pending.splice(0)) {
          if (signal.aborted) return;
          yield item;
        }
        if (watcher.pending.length > 0 || signal.aborted) continue;
        await new Promise<void>((resolve) => {
          watcher.wake = resolve;
        });
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#watchers.delete(watcher);
      if (this.#watchers.size === 0) this.#unsubscribe();
    }
  }
}

/** `reread` makes up for all that waits. */
function add(watcher: Watcher, item: FeedItem): void {
  if (item.type === 'reread' || watcher.pending.length >= maxPending) watcher.pending = [reread];
  else watcher.pending.push(item);
  watcher.wake();
}
