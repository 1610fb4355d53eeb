/**
 * Follows the events of jobs: one Redis connection for all followers of a process. The log in Redis is the source; the
 * channel only brings new entries sooner.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { UnavailableError } from '../platform/errors.ts';
import type { KeyNames } from '../platform/redis/connections.ts';
import type { JobEvent } from './event.ts';
import { terminalStatuses } from './status.ts';
import type { JobStore } from './store.ts';
import { parseEvent } from './stored-text.ts';

/** Events read from the log at once. */
const pageLength = 500;
/** Events that a follower may lag behind the channel before it goes back to the log: what bounds its memory. */
const maxPending = 64;
/** Pause before the log is tried again while Redis is away. */
const retryMs = 250;

/** What a follower has not seen yet. */
interface Follower {
  pending: JobEvent[];
  /** Something may be in the log that did not come over the channel. */
  behind: boolean;
  removed: boolean;
  wake: () => void;
}

export class EventHub {
  readonly #redis: Redis;
  readonly #keys: KeyNames;
  readonly #store: JobStore;
  /** Those who follow each channel. */
  readonly #channels = new Map<string, Set<Follower>>();

  /** @param redis a connection of its own, of the kind `background`: it will be in subscriber mode. */
  constructor(redis: Redis, keys: KeyNames, store: JobStore) {
    this.#redis = redis;
    this.#keys = keys;
    this.#store = store;
    redis.on('message', (name: string, message: string) => this.#deliver(name, message));
    redis.on('ready', () => this.#subscribeAgain());
  }

  #deliver(name: string, message: string): void {
    // Read once for all followers; there may be thousands.
    const event = message === '{"removed":true}' ? null : parseEvent(message);
    for (const follower of this.#channels.get(name) ?? []) {
      if (!event) follower.removed = true;
      else if (follower.pending.length < maxPending) follower.pending.push(event);
      else follower.behind = true;
      follower.wake();
    }
  }

  /** After a new connection. ioredis does this too, but does not say when it is done; only then is the log read again. */
  #subscribeAgain(): void {
    for (const [name, followers] of this.#channels) this.#subscribe(name, followers);
  }

  /** What was published before the subscription holds has to be read from the log. */
  #subscribe(name: string, followers: Iterable<Follower>): void {
    const catchUp = () => {
      for (const follower of followers) {
        follower.behind = true;
        follower.wake();
      }
    };
    // It fails only with its connection, and then the next one subscribes again.
    this.#redis.subscribe(name).then(catchUp, () => {});
  }

  /**
   * The events of a job with ids above `after`, in order and without a gap: first from the log, then as they happen.
   * Ends after the terminal status, when the job is removed, or when `signal` aborts. It goes no faster than it is
   * consumed, at bounded memory, and outlasts an absence of Redis.
   * @throws NotFoundError when there is no such job.
   */
  async *follow(id: string, after: number, signal: AbortSignal): AsyncGenerator<JobEvent> {
    const follower: Follower = { pending: [], behind: true, removed: false, wake: () => {} };
    const onAbort = () => follower.wake();
    signal.addEventListener('abort', onAbort);
    const leave = this.#join(this.#keys.eventsChannel(id), follower);
    let last: { id: number; isFinal: boolean } = { id: after, isFinal: false };
    try {
      while (!signal.aborted) {
        const { removed } = follower;
        const { events, isLatest } = await this.#newEvents(id, last.id, follower, signal);
        for (const event of events) {
          if (signal.aborted) return;
          last = { id: event.id, isFinal: isTerminal(event) };
          yield event;
        }
        if (removed || (last.isFinal && isLatest)) return;
        const hasNews = follower.behind || follower.pending.length > 0 || follower.removed || signal.aborted;
        if (!hasNews) {
          await new Promise<void>((resolve) => {
            follower.wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
      leave();
    }
  }

  /** What came after `last`: from the channel if it continues there without a gap, otherwise from the log. */
  async #newEvents(id: string, last: number, follower: Follower, signal: AbortSignal) {
    const pending = follower.pending.splice(0).filter((event) => event.id > last);
    const isContinuous = pending.every((event, i) => event.id === last + 1 + i);
    if (!follower.behind && isContinuous) return { events: pending, isLatest: true };
    // With the job its log is gone: there is nothing to catch up with.
    if (follower.removed) return { events: isContinuous ? pending : [], isLatest: true };
    follower.behind = false;
    try {
      const events = await this.#store.events(id, last, pageLength);
      follower.behind ||= events.length === pageLength;
      return { events, isLatest: !follower.behind };
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      follower.behind = true;
      await delay(retryMs, undefined, { signal }).catch(() => {});
      return { events: [], isLatest: false };
    }
  }

  #join(name: string, follower: Follower): () => void {
    const followers = this.#channels.get(name) ?? new Set();
    followers.add(follower);
    if (followers.size === 1) {
      this.#channels.set(name, followers);
      this.#subscribe(name, followers);
    }
    return () => {
      followers.delete(follower);
      if (followers.size > 0) return;
      this.#channels.delete(name);
      this.#redis.unsubscribe(name).catch(() => {});
    };
  }
}

function isTerminal(event: JobEvent): boolean {
  return event.type === 'status' && terminalStatuses.has(event.data.status);
}
