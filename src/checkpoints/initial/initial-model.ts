/**
 * The checkpoint that a job starts from in place of fresh weights: a copy of its own, so that nothing that happens to the
 * job it comes from matters any more. It has weights and encoding, and nothing of how they were trained.
 */
import type { EncoderState } from '../../data/encoding/encoder.ts';
import type { Encoding } from '../../data/training-data.ts';
import type { ModelDescription } from '../../model/description.ts';
import { CorruptCheckpointError, InitialModelLostError, NotFoundError } from '../../platform/errors.ts';
import type { BlobStore } from '../../storage/blob-store.ts';
import { type Checkpoint, decodeCheckpoint, encodeCheckpoint } from '../format/checkpoint.ts';
import { weightsFile } from '../format/files.ts';
import { readWhole } from '../format/reading.ts';
import { initialKey, stepKey } from '../keys.ts';

/** A checkpoint that a job is to start from. */
export interface InitialModel {
  job: string;
  step: number;
  /** Of the weights. */
  sha256: string;
  model: ModelDescription;
  encoding: Encoding;
}

export type InitialReference = Pick<InitialModel, 'job' | 'step' | 'sha256'>;

/** What a checkpoint would be to start from. @throws NotFoundError also where it has other weights by now; CorruptCheckpointError */
export async function describeInitial(blobs: BlobStore, reference: InitialReference): Promise<InitialModel> {
  const { model, encoding } = await readReferred(blobs, reference);
  return { ...reference, model, encoding };
}

/**
 * Copies a checkpoint for a job that is about to be submitted.
 * @throws NotFoundError also where it has other weights by now; CorruptCheckpointError
 */
export async function keepInitial(blobs: BlobStore, reference: InitialReference, job: string): Promise<void> {
  const checkpoint = await readReferred(blobs, reference);
  const trainer = { weights: checkpoint.trainer.weights, slots: {}, carried: new Float32Array(0) };
  const copy: Checkpoint = { ...checkpoint, trainer, carriesState: false, data: null, evaluation: null };
  await blobs.publish(initialKey(job), encodeCheckpoint(copy, new Date()));
}

/**
 * What a job starts from, in each of its attempts that has no checkpoint.
 * @throws InitialModelLostError
 */
export async function loadInitial(
  blobs: BlobStore,
  job: string,
  sha256: string | undefined,
): Promise<{ weights: Float32Array; inputs: EncoderState }> {
  try {
    const { manifest, files } = await readWhole(blobs, initialKey(job));
    if (manifest.files[weightsFile].sha256 === sha256) {
      const { trainer, encoding } = decodeCheckpoint(manifest, files);
      return { weights: trainer.weights, inputs: encoding.inputs };
    }
  } catch (error) {
    if (!(error instanceof NotFoundError) && !(error instanceof CorruptCheckpointError)) throw error;
    throw new InitialModelLostError(error);
  }
  throw new InitialModelLostError();
}

async function readReferred(blobs: BlobStore, { job, step, sha256 }: InitialReference): Promise<Checkpoint> {
  const { manifest, files } = await readWhole(blobs, stepKey(job, step));
  if (manifest.files[weightsFile].sha256 !== sha256) throw new NotFoundError('checkpoint', String(step));
  return decodeCheckpoint(manifest, files);
}
