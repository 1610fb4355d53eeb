/**
 * Checkpoints on disk. A checkpoint appears whole or not at all, only the newest attempt of a job may write, and nothing is used of a checkpoint one byte of which is not what its manifest
 * says: such a one is marked bad, and the one before it taken.
 */
import { rm } from 'node:fs/promises';
import { LRUCache } from 'lru-cache';
import type { Encoding } from '../data/training-data.ts';
import type { ModelDescription } from '../model/description.ts';
import { firstRow } from '../model/state.ts';
import { CorruptCheckpointError, NotFoundError } from '../platform/errors.ts';
import { ensureFolder } from '../platform/files/disk.ts';
import { attemptFolder, fencedIfGone, raiseFence } from './fence.ts';
import { damagedName, discard, JobFolders, publish } from './folders.ts';
import {
  type Checkpoint,
  decodeCheckpoint,
  decodeManifest,
  encodeCheckpoint,
  type Manifest,
} from './format/checkpoint.ts';
import { manifestFile, weightsFile } from './format/files.ts';
import { orMarkDamaged, readWhole, signatureOf, type WholeCheckpoint } from './format/reading.ts';
import { verifyFolder } from './format/verification.ts';
import { byQuality, type Keep, stepsToPrune } from './retention.ts';
import { isServed, markOf } from './serving.ts';
import { type CheckpointPage, type CheckpointSummary, Summaries, summarize } from './summary.ts';
import { type Withdrawn, withdraw } from './withdrawal.ts';

export type { CheckpointSummary } from './summary.ts';

/** What /predict needs of a checkpoint. */
export interface StoredModel {
  model: ModelDescription;
  encoding: Encoding;
  weights: Float32Array;
  /** Of the weights. */
  sha256: string;
  /**
   * Where a sequence starts from, the state vectors of one row (`stateSegments`). A model that was trained on carried state has never seen the zero state, and is wrong on the first steps from there;
   * it starts from the state that its last batch left in its first row, as the question's program did. null: from zero.
   */
  initialState: Float32Array | null;
}

export type WhichCheckpoint = 'latest' | 'best' | number;

/** A folder that was found whole, as it looked then. */
interface Verified {
  signature: string;
  manifest: Manifest;
  checkedAt: number;
}

/** For this long a verified folder is not even looked at again. */
const recheckMs = 1_000;

export class CheckpointStore {
  readonly #folders: JobFolders;
  readonly #verified = new LRUCache<string, Verified>({ max: 1_000 });
  readonly #verifying = new Map<string, Promise<Manifest>>();
  readonly #summaries: Summaries;

  constructor(root: string) {
    this.#folders = new JobFolders(root);
    this.#summaries = new Summaries(this.#folders);
  }

  /**
   * A run begins: from here on only this attempt, or a later one, may save; what crashed ones left half-written goes.
   * @throws FencedError
   */
  async begin(job: string, attempt: number): Promise<void> {
    await raiseFence(this.#folders.ofJob(job), attempt);
    for (const leftover of await this.#folders.leftovers(job)) await rm(leftover, { recursive: true, force: true });
  }

  /**
   * Writes a checkpoint: into a temporary folder, every file synced, the folder renamed, its parent synced. It replaces one of the same step.
   * @param attempt the run that it comes from; absent: nobody else writes for this job.
   * @throws FencedError when a later attempt has begun.
   */
  async save(job: string, checkpoint: Checkpoint, attempt?: number): Promise<CheckpointSummary> {
    const files = encodeCheckpoint(checkpoint, new Date());
    const target = this.#folders.ofStep(job, checkpoint.step);
    await this.#within(job, attempt, (staging) => publish(target, files, staging));
    return summarize(decodeManifest(files[manifestFile]));
  }

  /** Changes a job's folder by renaming to or from where the attempt prepares its changes. @throws FencedError when that is gone. */
  async #within(job: string, attempt: number | undefined, change: (staging: string) => Promise<void>): Promise<void> {
    const folder = this.#folders.ofJob(job);
    if (attempt === undefined) {
      await ensureFolder(folder);
      await change(folder);
    } else {
      await change(attemptFolder(folder, attempt)).catch((error) => fencedIfGone(folder, attempt, error));
    }
  }

  /** Every checkpoint that can be read, by step. */
  async list(job: string): Promise<CheckpointSummary[]> {
    return (await this.#summaries.of(job, await this.#folders.steps(job))).data;
  }

  /** Checkpoints by step, after step `after`. */
  page(job: string, limit: number, after?: number): Promise<CheckpointPage> {
    return this.#summaries.page(job, limit, after);
  }

  /**
   * The checkpoint that is meant, found whole: `latest` and `best` pass over damaged ones.
   * @throws NotFoundError, CorruptCheckpointError when the very step that is asked for is damaged.
   */
  async resolve(job: string, which: WhichCheckpoint): Promise<CheckpointSummary> {
    if (typeof which === 'number') return summarize(await this.#verify(job, which));
    for (const step of await this.#candidates(job, which)) {
      const manifest = await this.#ifGood(job, step, () => this.#verify(job, step));
      if (manifest) return summarize(manifest);
    }
    throw new NotFoundError('checkpoint', which);
  }

  /** Steps in the order in which they are to be tried. */
  async #candidates(job: string, which: 'latest' | 'best'): Promise<number[]> {
    if (which === 'latest') return (await this.#folders.steps(job)).reverse();
    const { data, unsupported } = await this.#summaries.of(job, await this.#folders.steps(job));
    // Whether one that cannot be read is better, nobody knows: it is tried first, and refused.
    return [...unsupported, ...data.sort(byQuality).map(({ step }) => step)];
  }

  /**
   * The model of a checkpoint, verified.
   * @throws NotFoundError, CorruptCheckpointError
   */
  async loadModel(job: string, step: number): Promise<StoredModel> {
    const { manifest, files } = await this.#read(job, step);
    const { model, carriesState, trainer, encoding } = decodeCheckpoint(manifest, files);
    return {
      model,
      encoding,
      weights: trainer.weights,
      sha256: manifest.files[weightsFile].sha256,
      initialState: carriesState ? firstRow(model, trainer.carried) : null,
    };
  }

  /** A whole checkpoint, verified. @throws NotFoundError, CorruptCheckpointError */
  async load(job: string, step: number): Promise<Checkpoint> {
    const { manifest, files } = await this.#read(job, step);
    return decodeCheckpoint(manifest, files);
  }

  /** The furthest checkpoint whose every byte is right; damaged ones are marked bad, reported and passed over. */
  async loadLatestGood(job: string, onDamaged: (step: number, error: Error) => void): Promise<Checkpoint | null> {
    for (const step of (await this.#folders.steps(job)).reverse()) {
      const checkpoint = await this.#ifGood(job, step, () => this.load(job, step), onDamaged);
      if (checkpoint) return checkpoint;
    }
    return null;
  }

  /**
   * Removes the checkpoints that no rule keeps, but for `pinned` and those that are being served.
   * @param known all that the job has, by step; returns those that are left. A run knows them without reading them again.
   * @throws FencedError when a later attempt than `attempt` has begun.
   */
  async prune(
    job: string,
    known: readonly CheckpointSummary[],
    keep: Keep,
    { pinned = null, attempt }: { pinned?: number | null; attempt?: number } = {},
  ): Promise<CheckpointSummary[]> {
    const removed = new Set<number>();
    for (const step of stepsToPrune(known, keep)) {
      if (step === pinned || (await isServed(this.#folders.ofStep(job, step)))) continue;
      await this.#discard(job, step, attempt);
      removed.add(step);
    }
    return known.filter(({ step }) => !removed.has(step));
  }

  /** Removes every checkpoint of a job that starts from the beginning. @throws FencedError */
  async clear(job: string, attempt?: number): Promise<void> {
    const { whole, damaged } = await this.#folders.allSteps(job);
    for (const step of new Set([...whole, ...damaged])) await this.#discard(job, step, attempt);
  }

  async #discard(job: string, step: number, attempt: number | undefined): Promise<void> {
    const folder = this.#folders.ofStep(job, step);
    await this.#within(job, attempt, async (staging) => {
      await discard(folder, staging);
      await discard(damagedName(folder), staging);
    });
    await rm(markOf(folder), { force: true });
  }

  /** Removes a job's folder. */
  async removeJob(job: string): Promise<void> {
    await (await this.withdrawJob(job)).delete();
  }

  /** Takes a job's folder out of sight, to be deleted or put back: a disk that cannot be written refuses this before anything is lost. */
  withdrawJob(job: string): Promise<Withdrawn> {
    return withdraw(this.#folders.ofJob(job));
  }

  /** Where a checkpoint lies. */
  folder(job: string, step: number): string {
    return this.#folders.ofStep(job, step);
  }

  async #read(job: string, step: number): Promise<WholeCheckpoint> {
    const folder = this.#folders.ofStep(job, step);
    return orMarkDamaged(folder, readWhole(folder));
  }

  /** Reads a whole checkpoint unless it was read before and nobody has touched its files since. */
  async #verify(job: string, step: number): Promise<Manifest> {
    const folder = this.#folders.ofStep(job, step);
    const known = this.#verified.get(folder);
    const now = performance.now();
    if (known && now - known.checkedAt < recheckMs) return known.manifest;
    const signature = await signatureOf(folder);
    const manifest = known?.signature === signature ? known.manifest : await this.#verifyOnce(folder, signature);
    this.#verified.set(folder, { signature, manifest, checkedAt: now });
    return manifest;
  }

  /** Requests that need the same checkpoint at once share one reading. */
  #verifyOnce(folder: string, signature: string): Promise<Manifest> {
    const key = `${folder}\n${signature}`;
    const verifying =
      this.#verifying.get(key) ??
      orMarkDamaged(folder, verifyFolder(folder)).finally(() => this.#verifying.delete(key));
    this.#verifying.set(key, verifying);
    return verifying;
  }

  /** What `read` makes of a checkpoint; null when that is damaged, or was removed meanwhile. */
  async #ifGood<T>(
    job: string,
    step: number,
    read: (folder: string) => Promise<T>,
    onDamaged?: (step: number, error: Error) => void,
  ): Promise<T | null> {
    try {
      return await read(this.#folders.ofStep(job, step));
    } catch (error) {
      if (!(error instanceof CorruptCheckpointError) && !(error instanceof NotFoundError)) throw error;
      if (error instanceof CorruptCheckpointError) onDamaged?.(step, error);
      return null;
    }
  }
}
