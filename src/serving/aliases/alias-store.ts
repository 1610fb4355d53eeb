/**
 * Aliases in Redis: each change is one step, over the alias as it was read.
 */
import type { Redis } from 'ioredis';
import { ConflictError, NotFoundError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { asUnavailable, asUnconfirmed, type KeyNames } from '../../platform/redis/connections.ts';
import { type Alias, jobsOf, type StoredAlias } from './alias.ts';
import { type AliasCommands, withAliasCommands } from './commands/index.ts';

/** What an alias is to name. */
export type NewAlias = Omit<StoredAlias, 'version' | 'at'>;

export interface AliasPage {
  data: StoredAlias[];
  /** The name after which the next page begins; null after the last. */
  nextCursor: string | null;
}

export class AliasStore {
  readonly #redis: Redis & AliasCommands;
  readonly #keys: KeyNames;

  constructor(redis: Redis, keys: KeyNames) {
    this.#redis = withAliasCommands(redis);
    this.#keys = keys;
  }

  /** undefined: there is none. */
  async find(name: string): Promise<StoredAlias | undefined> {
    const record = await this.#redis.hget(this.#keys.alias(name), 'record').catch(asUnavailable);
    return record === null ? undefined : aliasOf(record);
  }

  /** @throws NotFoundError */
  async get(name: string): Promise<StoredAlias> {
    const alias = await this.find(name);
    if (!alias) throw new NotFoundError('alias', name);
    return alias;
  }

  /** By name. */
  async page(limit: number, after?: string): Promise<AliasPage> {
    const from = after === undefined ? '-' : `(${after}`;
    const names = await this.#redis
      .zrangebylex(this.#keys.aliases, from, '+', 'LIMIT', 0, limit + 1)
      .catch(asUnavailable);
    const found = await Promise.all(names.slice(0, limit).map((name) => this.find(name)));
    const data = found.filter((alias) => alias !== undefined);
    return { data, nextCursor: names.length > limit ? names[limit - 1] : null };
  }

  /** What it has named, the present last. @throws NotFoundError */
  async history(name: string): Promise<StoredAlias[]> {
    const records = await this.#redis.lrange(this.#keys.aliasHistory(name), 0, -1).catch(asUnavailable);
    if (records.length === 0) throw new NotFoundError('alias', name);
    return records.map(aliasOf);
  }

  /**
   * Makes an alias name something else than it did when it was read.
   * @returns `conflict`: somebody has changed it since.
   * @throws NotFoundError for a job that is not there; ConflictError for one that begins again, and where there are as
   *   many aliases as may be.
   */
  async set(before: Alias | undefined, next: NewAlias): Promise<StoredAlias | 'conflict'> {
    const keys = this.#keys;
    const [jobs, former] = [jobsOf(next), before ? jobsOf(before) : []];
    const named = [keys.alias(next.name), keys.aliasHistory(next.name), keys.aliases];
    const pairs = [...jobs, ...former].flatMap((job) => [keys.job(job), keys.aliasesOf(job)]);
    const [status, result] = await this.#redis
      .setAlias(
        named.length + pairs.length,
        ...named,
        ...pairs,
        next.name,
        before ? String(before.version) : '',
        JSON.stringify(next).slice(0, -1),
        jobs.length,
        keys.aliasesChannel,
        limits.aliases,
        limits.aliasHistory,
      )
      .catch(asUnconfirmed('The alias may have been changed all the same: GET shows it.'));
    switch (status) {
      case 'set':
        return aliasOf(result);
      case 'missing':
        throw new NotFoundError('job', jobs[Number(result) - 1]);
      case 'restarting':
        throw new ConflictError(
          'restarting',
          `The job ${jobs[Number(result) - 1]} begins again, which removes its checkpoints: wait for its first new one.`,
        );
      case 'full':
        throw new ConflictError('alias_limit', `There are ${limits.aliases} aliases, which is the limit: delete some.`);
      default:
        return 'conflict';
    }
  }

  async remove(before: Alias): Promise<'removed' | 'conflict'> {
    const keys = this.#keys;
    const named = [keys.alias(before.name), keys.aliasHistory(before.name), keys.aliases];
    const jobs = jobsOf(before).map((job) => keys.aliasesOf(job));
    const status = await this.#redis
      .removeAlias(
        named.length + jobs.length,
        ...named,
        ...jobs,
        before.name,
        String(before.version),
        keys.aliasesChannel,
      )
      .catch(asUnconfirmed('The alias may be gone all the same: GET shows it.'));
    return status as 'removed' | 'conflict';
  }
}

function aliasOf(record: string): StoredAlias {
  const alias = JSON.parse(record);
  return { ...alias, at: new Date(alias.at).toISOString() };
}
