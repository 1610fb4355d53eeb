/**
 * The pins of aliases. A process may end between a pin and the alias that it is for, or between an alias and the pins
 * that it needs no more. So a pin is in question, in Redis, from before it is made until its alias is known to be
 * written, and again before the alias gives it up; what is in question for long is looked into, and goes unless an
 * alias has it.
 */
import type { Redis } from 'ioredis';
import type { Pins } from '../../checkpoints/pins.ts';
import { asUnavailable, type KeyNames } from '../../platform/redis/connections.ts';
import { RepeatedPass } from '../../platform/repeated-pass.ts';
import type { StoredAlias } from './alias.ts';
import type { AliasStore } from './alias-store.ts';

type AliasPin = StoredAlias['pins'][number];

/** No change of an alias takes so long. */
const graceMs = 600_000;
/** Aliases that are read at a time. */
const pageLength = 100;

export class AliasPins {
  readonly #redis: Redis;
  readonly #key: string;
  readonly #pins: Pins;
  readonly #aliases: AliasStore;
  readonly #repeated: RepeatedPass;

  constructor(redis: Redis, keys: KeyNames, pins: Pins, aliases: AliasStore) {
    this.#redis = redis;
    this.#key = keys.aliasPins;
    this.#pins = pins;
    this.#aliases = aliases;
    // While Redis or the store is away, the next pass comes all the same.
    this.#repeated = new RepeatedPass({ pass: () => this.pass(), pauseMs: () => graceMs, onError: () => {} });
  }

  /** Begins to look into what is in question. */
  start(): void {
    this.#repeated.start();
  }

  close(): Promise<void> {
    return this.#repeated.close();
  }

  /** Pins a step, in question. */
  async add(job: string, step: number): Promise<AliasPin> {
    const pinned = { job, pin: this.#pins.nameFor(step) };
    await this.question([pinned]);
    await this.#pins.add(job, pinned.pin);
    return pinned;
  }

  /** To be called before an alias gives pins up. */
  async question(pins: readonly AliasPin[]): Promise<void> {
    if (pins.length === 0) return;
    const since = Date.now();
    await this.#redis.zadd(this.#key, ...pins.flatMap((pin) => [since, memberOf(pin)])).catch(asUnavailable);
  }

  /** An alias has them. Where that cannot be said now, it is found out later. */
  async settle(pins: readonly AliasPin[]): Promise<void> {
    if (pins.length > 0) await this.#redis.zrem(this.#key, ...pins.map(memberOf)).catch(() => {});
  }

  /** No alias has them. What cannot be removed now stays in question. */
  async release(pins: readonly AliasPin[]): Promise<void> {
    for (const pin of pins) {
      await this.#pins.remove(pin.job, pin.pin).then(
        () => this.settle([pin]),
        () => {},
      );
    }
  }

  /** Decides about what has been in question for long. */
  async pass(): Promise<void> {
    const late = await this.#redis.zrangebyscore(this.#key, 0, Date.now() - graceMs).catch(asUnavailable);
    if (late.length === 0) return;
    const named = await this.#named();
    for (const member of late) {
      const [job, pin] = member.split(' ');
      if (named.has(member)) await this.settle([{ job, pin }]);
      else await this.release([{ job, pin }]);
    }
  }

  /** All pins that aliases have. */
  async #named(): Promise<ReadonlySet<string>> {
    const named = new Set<string>();
    let after: string | undefined;
    do {
      const { data, nextCursor } = await this.#aliases.page(pageLength, after);
      for (const { pins } of data) for (const pin of pins) named.add(memberOf(pin));
      after = nextCursor ?? undefined;
    } while (after !== undefined);
    return named;
  }
}

function memberOf({ job, pin }: AliasPin): string {
  return `${job} ${pin}`;
}
