/**
 * The checkpoints of all jobs. A checkpoint appears whole or not at all, only the newest attempt of a job may write,
 * and nothing is used of a checkpoint one byte of which is not what its manifest says: such a one is marked bad, and
 * the one before it taken.
 */
import { LRUCache } from 'lru-cache';
import type { Encoding } from '../data/training-data.ts';
import type { ModelDescription } from '../model/description.ts';
import { firstRow } from '../model/state.ts';
import { CorruptCheckpointError, NotFoundError, UnavailableError } from '../platform/errors.ts';
import type { BlobStore, Withdrawn } from '../storage/blob-store.ts';
import type { Key } from '../storage/key.ts';
import type { CheckpointChoice } from './choice.ts';
import {
  type Checkpoint,
  decodeCheckpoint,
  decodeManifest,
  encodeCheckpoint,
  type Manifest,
} from './format/checkpoint.ts';
import { manifestFile, weightsFile } from './format/files.ts';
import { orMarkDamaged, readWhole, signatureOf, type WholeCheckpoint } from './format/reading.ts';
import { verifyWhole } from './format/verification.ts';
import { jobKey, stepKey, stepsAmong } from './keys.ts';
import { ListedSteps } from './listed-steps.ts';
import { Pins } from './pins.ts';
import { byQuality, type Keep, stepsToPrune } from './retention.ts';
import { ServingMarks } from './serving-marks.ts';
import { type CheckpointPage, Summaries, summarize } from './summary.ts';
import type { CheckpointSummary } from './summary-schema.ts';

export type { CheckpointSummary } from './summary-schema.ts';

/** What /predict needs of a checkpoint. */
interface StoredModel {
  model: ModelDescription;
  encoding: Encoding;
  weights: Float32Array;
  /** Of the weights. */
  sha256: string;
  /**
   * Where a sequence starts from, the state vectors of one row (`stateSegments`). A model that was trained on carried
   * state has never seen the zero state, and is wrong on the first steps from there; it starts from the state that its
   * last batch left in its first row, as the question's program did. null: from zero.
   */
  initialState: Float32Array | null;
}

/** A checkpoint that was found whole, as it looked then. */
interface Verified {
  /** As the store tells it at once, if it does. */
  version: string | null | undefined;
  signature: string;
  manifest: Manifest;
  checkedAt: number;
}

/** How often checkpoints are listed when one of them is gone before it is looked at. */
const mostLooks = 20;

/** For this long the files of a verified checkpoint are not looked at again, unless the store tells at once that it has changed. */
const recheckMs = 1_000;

/** What is withdrawn of a job that has kept nothing. */
const nothing: Withdrawn = { delete: async () => {}, restore: async () => {} };

export class CheckpointStore {
  readonly #blobs: BlobStore;
  readonly #marks: ServingMarks;
  readonly pins: Pins;
  readonly #verified = new LRUCache<string, Verified>({ max: 1_000 });
  readonly #verifying = new Map<string, Promise<Manifest>>();
  readonly #summaries: Summaries;
  readonly #listed: ListedSteps;

  constructor(blobs: BlobStore) {
    this.#blobs = blobs;
    this.#marks = new ServingMarks(blobs);
    this.pins = new Pins(blobs);
    this.#summaries = new Summaries(blobs);
    this.#listed = new ListedSteps(blobs);
  }

  /**
   * A run begins: from here on only this attempt, or a later one, may save; what crashed ones left half-written goes.
   * @throws FencedError
   */
  async begin(job: string, attempt: number): Promise<void> {
    await this.#blobs.begin(jobKey(job), attempt);
  }

  /**
   * Writes a checkpoint, which appears whole and outlasts a crash. It replaces one of the same step.
   * @param attempt the run that it comes from; absent: nobody else writes for this job.
   * @throws FencedError when a later attempt has begun.
   */
  async save(job: string, checkpoint: Checkpoint, attempt?: number): Promise<CheckpointSummary> {
    const files = encodeCheckpoint(checkpoint, new Date());
    await this.#blobs.publish(stepKey(job, checkpoint.step), files, attempt);
    return summarize(decodeManifest(files[manifestFile]));
  }

  /** Whether a checkpoint is there at this moment. */
  has(job: string, step: number): Promise<boolean> {
    return this.#blobs.has(stepKey(job, step));
  }

  /** Every checkpoint that can be read, by step. */
  async list(job: string): Promise<CheckpointSummary[]> {
    return (await this.#summaries.of(job, await this.#steps(job))).data;
  }

  /** Checkpoints by step, after step `after`. */
  page(job: string, limit: number, after?: number): Promise<CheckpointPage> {
    return this.#summaries.page(job, limit, after);
  }

  /**
   * The checkpoint that is meant, found whole: `latest` and `best` pass over damaged ones.
   * @throws NotFoundError, CorruptCheckpointError when the very step that is asked for is damaged; UnavailableError when
   *   checkpoints go faster than they can be found.
   */
  async resolve(job: string, which: CheckpointChoice): Promise<CheckpointSummary> {
    if (typeof which === 'number') return this.#resolveStep(job, which);
    for (let look = 1; look <= mostLooks; look++) {
      const candidates = await this.#candidates(job, which);
      const found = candidates && (await this.#firstWhole(job, candidates));
      if (found === null) throw new NotFoundError('checkpoint', which);
      if (found) return found;
    }
    throw new UnavailableError(`The checkpoints of ${job} are replaced faster than they can be found: ask again.`);
  }

  async #resolveStep(job: string, step: number): Promise<CheckpointSummary> {
    const key = stepKey(job, step);
    const isGone = this.#blobs.versionNow(key) === undefined && (await this.#blobs.versionOf(key)) === null;
    if (isGone) this.#verified.delete(key);
    return summarize(await this.#verify(job, step));
  }

  /** The first that is whole; null: none is; undefined: one is gone since it was listed, and others may have come. */
  async #firstWhole(job: string, candidates: readonly number[]): Promise<CheckpointSummary | null | undefined> {
    for (const step of candidates) {
      try {
        return summarize(await this.#verify(job, step));
      } catch (error) {
        if (error instanceof NotFoundError) return undefined;
        if (!(error instanceof CorruptCheckpointError)) throw error;
      }
    }
    return null;
  }

  /** What `resolve` would find, at once; undefined: it has to be waited for. */
  resolveNow(job: string, which: CheckpointChoice): Pick<CheckpointSummary, 'step' | 'sha256'> | undefined {
    const step = which === 'latest' ? this.#listed.now(job)?.at(-1) : which;
    if (typeof step !== 'number') return undefined;
    const key = stepKey(job, step);
    const known = this.#verifiedLately(key);
    // Of the latest the list tells that it is as it was.
    if (!known || (which !== 'latest' && !isUnchanged(known, this.#blobs.versionNow(key)))) return undefined;
    return { step: known.manifest.step, sha256: known.manifest.files[weightsFile].sha256 };
  }

  /** Steps in the order in which they are to be tried; undefined: one is gone since they were listed. */
  async #candidates(job: string, which: 'latest' | 'best'): Promise<number[] | undefined> {
    if (which === 'latest') return (await this.#steps(job)).reverse();
    const { data, unsupported, gone } = await this.#summaries.of(job, await this.#steps(job));
    if (gone > 0) return undefined;
    // Whether one that cannot be read is better, nobody knows: it is tried first, and refused.
    return [...unsupported, ...data.sort(byQuality).map(({ step }) => step)];
  }

  /** Of whole checkpoints, in their order. */
  async #steps(job: string): Promise<number[]> {
    return [...(await this.#listed.of(job))];
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
    for (const step of (await this.#steps(job)).reverse()) {
      try {
        return await this.load(job, step);
      } catch (error) {
        if (error instanceof CorruptCheckpointError) onDamaged(step, error);
        // One that was removed meanwhile is passed over, too.
        else if (!(error instanceof NotFoundError)) throw error;
      }
    }
    return null;
  }

  /**
   * Removes the checkpoints that no rule keeps, but for those that have a pin and those that are being served.
   * @param known all that the job has, by step; returns those that are left. A run knows them without reading them again.
   * @throws FencedError when a later attempt than `attempt` has begun.
   */
  async prune(
    job: string,
    known: readonly CheckpointSummary[],
    keep: Keep,
    { attempt }: { attempt?: number } = {},
  ): Promise<CheckpointSummary[]> {
    const removed = new Set<number>();
    for (const step of stepsToPrune(known, keep)) {
      const isPinned = () => this.pins.isPinned(job, step);
      if ((await this.#marks.isServed(job, step)) || (await isPinned())) continue;
      const key = stepKey(job, step);
      await this.#blobs.remove(key, attempt, isPinned);
      if (!(await this.#blobs.has(key))) removed.add(step);
    }
    return known.filter(({ step }) => !removed.has(step));
  }

  /** Removes every checkpoint of a job that starts from the beginning. @throws FencedError */
  async clear(job: string, attempt?: number): Promise<void> {
    const { whole, damaged } = await this.#blobs.list(jobKey(job));
    for (const step of new Set(stepsAmong([...whole, ...damaged]))) {
      await this.#blobs.remove(stepKey(job, step), attempt);
    }
  }

  /** Removes all that a job has kept. */
  async removeJob(job: string): Promise<void> {
    await (await this.withdrawJob(job)).delete();
  }

  /**
   * Takes all that a job has kept out of sight, to be deleted or put back: a disk that cannot be written refuses this
   * before anything is lost.
   */
  async withdrawJob(job: string): Promise<Withdrawn> {
    return (await this.#blobs.withdraw(jobKey(job))) ?? nothing;
  }

  /** Says to all processes that a checkpoint is being served, so that none prunes it for a while. Never fails. */
  markServed(job: string, step: number): Promise<void> {
    return this.#marks.touch(job, step);
  }

  async #read(job: string, step: number): Promise<WholeCheckpoint> {
    const key = stepKey(job, step);
    return orMarkDamaged(this.#blobs, key, readWhole(this.#blobs, key));
  }

  /** Reads a whole checkpoint unless it was read before and nobody has touched its files since. */
  async #verify(job: string, step: number): Promise<Manifest> {
    const key = stepKey(job, step);
    const version = this.#blobs.versionNow(key);
    const fresh = this.#verifiedLately(key);
    if (fresh && isUnchanged(fresh, version)) return fresh.manifest;
    const checkedAt = performance.now();
    const signature = await signatureOf(this.#blobs, key);
    const known = this.#verified.get(key);
    const manifest = known?.signature === signature ? known.manifest : await this.#verifyOnce(key, signature);
    this.#verified.set(key, { version, signature, manifest, checkedAt });
    return manifest;
  }

  /** undefined: it has to be looked at, or read. */
  #verifiedLately(key: Key): Verified | undefined {
    const known = this.#verified.get(key);
    return known && performance.now() - known.checkedAt < recheckMs ? known : undefined;
  }

  /** Requests that need the same checkpoint at once share one reading. */
  #verifyOnce(key: Key, signature: string): Promise<Manifest> {
    const verification = `${key}\n${signature}`;
    const verifying =
      this.#verifying.get(verification) ??
      orMarkDamaged(this.#blobs, key, verifyWhole(this.#blobs, key)).finally(() =>
        this.#verifying.delete(verification),
      );
    this.#verifying.set(verification, verifying);
    return verifying;
  }
}

/** Whether nobody has replaced or removed it since, as far as the store tells at once. */
function isUnchanged(known: Verified, version: Verified['version']): boolean {
  return version === undefined || version === known.version;
}
