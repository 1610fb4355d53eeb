/**
 * The steps of a job's checkpoints without listing them for each request that asks for the latest: a list holds for as
 * long as the store says that nothing has changed since it was made.
 */
import { LRUCache } from 'lru-cache';
import { SharedLooks } from '../platform/shared-looks.ts';
import type { Groups } from '../storage/blob-store.ts';
import { jobKey, stepsAmong } from './keys.ts';

interface Listed {
  /** Of the group of the job, and since when it is known. */
  version: string;
  since: number;
  /** undefined: not listed since the version can be trusted. */
  steps: readonly number[] | undefined;
}

/** Two changes within the resolution of a store's clock look like one: only after so long a version tells all. */
const settledMs = 1_000;
const remembered = 1_000;

export class ListedSteps {
  readonly #blobs: Groups;
  readonly #listed = new LRUCache<string, Listed>({ max: remembered });
  readonly #looks = new SharedLooks<readonly number[]>();

  constructor(blobs: Groups) {
    this.#blobs = blobs;
  }

  /** In their order, as they are at a moment after the call. */
  of(job: string): Promise<readonly number[]> {
    return this.#looks.at(job, () => this.#look(job));
  }

  /** The same at once; undefined: it has to be waited for. */
  now(job: string): readonly number[] | undefined {
    const known = this.#listed.get(job);
    return known?.steps && this.#blobs.versionNow(jobKey(job)) === known.version ? known.steps : undefined;
  }

  async #look(job: string): Promise<readonly number[]> {
    const key = jobKey(job);
    const version = await this.#blobs.versionOf(key);
    const known = this.#listed.get(job);
    const isSame = known !== undefined && known.version === version;
    if (isSame && known.steps) return known.steps;
    const startedAt = performance.now();
    const steps = stepsAmong((await this.#blobs.list(key)).whole);
    if (version === null) return steps;
    const since = isSame ? known.since : startedAt;
    this.#listed.set(job, { version, since, steps: startedAt - since > settledMs ? steps : undefined });
    return steps;
  }
}
