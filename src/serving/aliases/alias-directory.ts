/**
 * What aliases name, for predictions: remembered until Redis says that one has changed, so that a request asks nobody.
 * While Redis is away aliases that were asked for before name what they named.
 */

import type { Redis } from 'ioredis';
import { LRUCache } from 'lru-cache';
import type { FoundCheckpoint } from '../../checkpoints/model-reference.ts';
import { NotFoundError, UnavailableError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import type { KeyNames } from '../../platform/redis/connections.ts';
import type { StoredAlias } from './alias.ts';
import type { AliasStore } from './alias-store.ts';

/** What an alias names, as all predictions get it that it is drawn for. */
interface Choice {
  stable: FoundCheckpoint;
  canary: { found: FoundCheckpoint; share: number } | null;
}

export class AliasDirectory {
  readonly #store: AliasStore;
  readonly #redis: Redis;
  readonly #channel: string;
  readonly #random: () => number;
  /** Those that are known, with whether they may have changed since. */
  readonly #known = new LRUCache<string, { choice: Choice; isCurrent: boolean }>({ max: limits.aliases });
  /** Counts what was heard, so that an answer that is older than a change is not taken for the present. */
  #changes = 0;
  #isListening = false;

  /** @param redis a connection of its own, of the kind `background`: it will be in subscriber mode. */
  constructor(store: AliasStore, redis: Redis, keys: KeyNames, random: () => number = Math.random) {
    this.#store = store;
    this.#redis = redis;
    this.#channel = keys.aliasesChannel;
    this.#random = random;
    redis.on('message', (_channel, name: string) => this.#forget(name));
    redis.on('close', () => this.#distrust());
    redis.on('ready', () => this.#listen());
    this.#listen();
  }

  /**
   * The checkpoint that an alias names; of one with a canary, drawn by its share.
   * @throws NotFoundError
   */
  async resolve(name: string): Promise<FoundCheckpoint> {
    return this.known(name) ?? this.#draw(await this.#read(name));
  }

  /** The same at once, where nobody has to be asked; undefined: somebody has. */
  known(name: string): FoundCheckpoint | undefined {
    const known = this.#known.get(name);
    return known?.isCurrent ? this.#draw(known.choice) : undefined;
  }

  #draw({ stable, canary }: Choice): FoundCheckpoint {
    return canary !== null && this.#random() < canary.share ? canary.found : stable;
  }

  async #read(name: string): Promise<Choice> {
    const before = this.#changes;
    try {
      const choice = choiceOf(name, await this.#store.get(name));
      this.#known.set(name, { choice, isCurrent: this.#isListening && this.#changes === before });
      return choice;
    } catch (error) {
      const known = this.#known.get(name);
      if (error instanceof UnavailableError && known) return known.choice;
      if (error instanceof NotFoundError) this.#known.delete(name);
      throw error;
    }
  }

  #forget(name: string): void {
    this.#changes++;
    const known = this.#known.peek(name);
    if (known) known.isCurrent = false;
  }

  /** What changes from now on is not heard. */
  #distrust(): void {
    this.#changes++;
    this.#isListening = false;
    for (const known of this.#known.values()) known.isCurrent = false;
  }

  #listen(): void {
    // It fails only with its connection, and then the next one subscribes again.
    this.#redis.subscribe(this.#channel).then(
      () => {
        this.#distrust();
        this.#isListening = true;
      },
      () => {},
    );
  }

  /** To be told of this process's own changes, which have to hold for its next request. */
  changed(name: string): void {
    this.#forget(name);
  }
}

function choiceOf(name: string, { job, checkpoint, canary }: StoredAlias): Choice {
  return {
    stable: { job, model: name, checkpoint },
    canary: canary && {
      found: { job: canary.job, model: name, checkpoint: canary.checkpoint },
      share: canary.share,
    },
  };
}
