/**
 * Checkpoints on disk: `<root>/<job>/step-<n>/`. A checkpoint appears whole or not at all, and nothing is served from it that its manifest does not vouch for.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { ModelShape } from '../engine/model.ts';
import { CorruptCheckpointError, NotFoundError } from '../errors.ts';
import {
  type Checkpoint,
  decodeCheckpoint,
  decodeManifest,
  decodeWeights,
  encodeCheckpoint,
  type Manifest,
  verifyFile,
} from './checkpoint.ts';
import { manifestFile, modelFile, weightsFile } from './files.ts';

/** A checkpoint in lists and events. */
export interface CheckpointSummary {
  step: number;
  /** Loss of the step's batch; it decides which checkpoint is the best. */
  loss: number;
  /** SHA-256 of the weights alone: equal weights, equal hash. */
  sha256: string;
  /** Of all files together. */
  bytes: number;
  createdAt: string;
}

/** What /predict needs of a checkpoint. */
export interface StoredModel {
  shape: ModelShape;
  weights: Float32Array;
  sha256: string;
}

export type WhichCheckpoint = 'latest' | 'best' | number;

const folderPattern = /^step-(\d+)$/;

export class CheckpointStore {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /**
   * Writes a checkpoint: into a temporary folder, every file synced, the folder renamed, its parent synced.
   * A checkpoint of that step that is already there and whole stays (a run repeated after a crash makes the same one again).
   */
  async save(job: string, checkpoint: Checkpoint): Promise<CheckpointSummary> {
    const folder = this.#folder(job, checkpoint.step);
    const temporary = `${folder}.${randomBytes(6).toString('hex')}.tmp`;
    const files = encodeCheckpoint(checkpoint, new Date());
    await mkdir(temporary, { recursive: true });
    try {
      for (const [name, bytes] of Object.entries(files)) await writeSynced(path.join(temporary, name), bytes);
      await syncFolder(temporary);
      await this.#put(temporary, folder);
    } catch (error) {
      await rm(temporary, { recursive: true, force: true });
      throw error;
    }
    await syncFolder(path.dirname(folder));
    return summarize(decodeManifest(files[manifestFile]));
  }

  /** Renames over what is there: nothing, an older whole checkpoint of the same step, or a damaged one. */
  async #put(temporary: string, folder: string): Promise<void> {
    try {
      await rename(temporary, folder);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
      const old = `${folder}.${randomBytes(6).toString('hex')}.old`;
      await rename(folder, old);
      await rename(temporary, folder);
      await rm(old, { recursive: true, force: true });
    }
  }

  /** Every checkpoint that has a manifest, by step. */
  async list(job: string): Promise<CheckpointSummary[]> {
    const steps = await this.#steps(job);
    const summaries = await Promise.all(
      steps.map((step) =>
        this.#manifest(job, step).then(summarize, (error) => {
          if (error instanceof CorruptCheckpointError || error instanceof NotFoundError) return null;
          throw error;
        }),
      ),
    );
    return summaries.filter((summary) => summary !== null);
  }

  /** @throws NotFoundError */
  async resolve(job: string, which: WhichCheckpoint): Promise<CheckpointSummary> {
    if (typeof which === 'number') return summarize(await this.#manifest(job, which));
    const all = await this.list(job);
    const found = which === 'latest' ? all.at(-1) : all.reduce<CheckpointSummary | undefined>(better, undefined);
    if (!found) throw new NotFoundError('checkpoint', which);
    return found;
  }

  /**
   * The model of a checkpoint, verified.
   * @throws NotFoundError, CorruptCheckpointError
   */
  async loadModel(job: string, step: number): Promise<StoredModel> {
    const manifest = await this.#manifest(job, step);
    const bytes = await this.#verified(job, manifest, weightsFile);
    return {
      shape: manifest.shape,
      weights: decodeWeights(manifest, bytes),
      sha256: manifest.files[weightsFile].sha256,
    };
  }

  /** The tfjs model's files, verified, for a download. */
  async files(job: string, step: number): Promise<Record<string, Uint8Array>> {
    const manifest = await this.#manifest(job, step);
    const names = [modelFile, weightsFile];
    const contents = await Promise.all(names.map((name) => this.#verified(job, manifest, name)));
    return Object.fromEntries(names.map((name, i) => [name, contents[i]]));
  }

  /** A whole checkpoint, verified. @throws NotFoundError, CorruptCheckpointError */
  async load(job: string, step: number): Promise<Checkpoint> {
    const manifest = await this.#manifest(job, step);
    const names = Object.keys(manifest.files);
    const contents = await Promise.all(names.map((name) => this.#verified(job, manifest, name)));
    return decodeCheckpoint(manifest, Object.fromEntries(names.map((name, i) => [name, contents[i]])));
  }

  /** The furthest checkpoint whose every byte is right; damaged ones are passed over and reported. */
  async loadLatestGood(job: string, onDamaged: (step: number, error: Error) => void): Promise<Checkpoint | null> {
    for (const step of (await this.#steps(job)).reverse()) {
      try {
        return await this.load(job, step);
      } catch (error) {
        if (!(error instanceof CorruptCheckpointError) && !(error instanceof NotFoundError)) throw error;
        onDamaged(step, error);
      }
    }
    return null;
  }

  /** Removes every checkpoint of a job. */
  async removeJob(job: string): Promise<void> {
    await rm(path.join(this.#root, safeName(job)), { recursive: true, force: true });
  }

  async #steps(job: string): Promise<number[]> {
    const names = await readdir(path.join(this.#root, safeName(job))).catch(emptyIfMissing);
    return names
      .flatMap((name) => folderPattern.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  async #manifest(job: string, step: number): Promise<Manifest> {
    const bytes = await readFile(path.join(this.#folder(job, step), manifestFile)).catch((error) => {
      if (error.code === 'ENOENT' || error.code === 'ENOTDIR') throw new NotFoundError('checkpoint', String(step));
      throw error;
    });
    return decodeManifest(bytes);
  }

  async #verified(job: string, manifest: Manifest, name: string): Promise<Uint8Array> {
    const bytes = await readFile(path.join(this.#folder(job, manifest.step), name)).catch((error) => {
      throw new CorruptCheckpointError(`${name} of step ${manifest.step} cannot be read.`, error);
    });
    verifyFile(manifest, name, bytes);
    return bytes;
  }

  #folder(job: string, step: number): string {
    return path.join(this.#root, safeName(job), `step-${step}`);
  }
}

function summarize(manifest: Manifest): CheckpointSummary {
  return {
    step: manifest.step,
    loss: manifest.loss,
    sha256: manifest.files[weightsFile].sha256,
    bytes: Object.values(manifest.files).reduce((sum, { bytes }) => sum + bytes, 0),
    createdAt: manifest.createdAt,
  };
}

function better(best: CheckpointSummary | undefined, next: CheckpointSummary): CheckpointSummary {
  return best && best.loss <= next.loss ? best : next;
}

/** A job id as a folder name; ids that come from a caller must not lead elsewhere. */
function safeName(job: string): string {
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(job)) throw new NotFoundError('job', job);
  return job;
}

function emptyIfMissing(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}

async function writeSynced(file: string, bytes: Uint8Array): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
