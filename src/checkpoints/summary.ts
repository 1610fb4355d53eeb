/**
 * Checkpoints in lists: what their manifests say, a page at a time, each manifest read once.
 */
import { LRUCache } from 'lru-cache';
import { CorruptCheckpointError, NotFoundError, UnsupportedVersionError } from '../platform/errors.ts';
import type { Groups } from '../storage/blob-store.ts';
import type { Key } from '../storage/key.ts';
import type { Manifest } from './format/checkpoint.ts';
import { weightsFile } from './format/files.ts';
import { readManifest } from './format/reading.ts';
import { jobKey, stepKey, stepsAmong } from './keys.ts';
import type { CheckpointSummary } from './summary-schema.ts';

export interface CheckpointPage {
  data: CheckpointSummary[];
  /** Of the page: what a newer Lookback has written. */
  unsupported: number[];
  /** Of all: those that were found damaged and are out of use. */
  damaged: number[];
  nextCursor: string | null;
}

/** Manifests that are remembered, of all jobs together. */
const remembered = 10_000;

export class Summaries {
  readonly #blobs: Groups;
  readonly #known = new LRUCache<string, { version: string; summary: CheckpointSummary }>({ max: remembered });

  constructor(blobs: Groups) {
    this.#blobs = blobs;
  }

  /** Those after step `after`. Only manifests of the page are opened. */
  async page(job: string, limit: number, after = -1): Promise<CheckpointPage> {
    const names = await this.#blobs.list(jobKey(job));
    const [whole, damaged] = [stepsAmong(names.whole), stepsAmong(names.damaged)];
    const following = whole.filter((step) => step > after);
    const steps = following.slice(0, limit);
    const nextCursor = following.length > limit ? String(steps[steps.length - 1]) : null;
    const { data, unsupported } = await this.of(job, steps);
    return { data, unsupported, nextCursor, damaged };
  }

  /** Without those that are damaged, or were removed meanwhile: so many are `gone`. */
  async of(
    job: string,
    steps: readonly number[],
  ): Promise<Pick<CheckpointPage, 'data' | 'unsupported'> & { gone: number }> {
    const unsupported: number[] = [];
    let gone = 0;
    const read = async (step: number) => {
      try {
        return await this.#read(stepKey(job, step));
      } catch (error) {
        if (error instanceof UnsupportedVersionError) unsupported.push(step);
        else if (error instanceof NotFoundError) gone++;
        else if (!(error instanceof CorruptCheckpointError)) throw error;
        return null;
      }
    };
    const data = (await Promise.all(steps.map(read))).filter((summary) => summary !== null);
    return { data, unsupported: unsupported.sort((a, b) => a - b), gone };
  }

  /** One that was not replaced needs no second reading. */
  async #read(key: Key): Promise<CheckpointSummary> {
    const version = await this.#blobs.versionOf(key);
    const known = this.#known.get(key);
    if (known && known.version === version) return known.summary;
    const summary = summarize(await readManifest(this.#blobs, key));
    if (version !== null) this.#known.set(key, { version, summary });
    return summary;
  }
}

export function summarize(manifest: Manifest): CheckpointSummary {
  return {
    step: manifest.step,
    loss: manifest.loss,
    heldOutLoss: manifest.heldOut?.loss ?? null,
    sha256: manifest.files[weightsFile].sha256,
    bytes: Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0),
    createdAt: manifest.createdAt,
  };
}
