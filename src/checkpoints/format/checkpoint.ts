/**
 * A checkpoint as bytes: what is in its folder, and how it is read back and verified.
 *
 * - model.json, weights.bin: a tfjs layers model; weights.bin is the flat parameter vector, little-endian float32
 * - training.json, training.bin: all that the rest of the run depends on: optimiser slots, carried state, data cursor,
 *   evaluations; and how inputs are encoded
 * - manifest.json: what this checkpoint is, and the SHA-256 of each other file and of itself. It is written last: a
 *   folder without it, or that does not match it, is not a checkpoint.
 */
import { createHash } from 'node:crypto';
import type { BatchSourceState } from '../../data/batching/task-batches.ts';
import type { Encoding } from '../../data/training-data.ts';
import type { Metrics, TrainerState } from '../../engine/contract.ts';
import { modelJson } from '../../formats/tfjs.ts';
import type { ModelDescription } from '../../model/description.ts';
import { parameterCount } from '../../model/parameters.ts';
import { CorruptCheckpointError } from '../../platform/errors.ts';
import { currentVersion, ensureReadable } from '../../platform/versions.ts';
import type { EarlyStoppingState } from '../../training/early-stopping.ts';
import { manifestFile, modelFile, trainingArraysFile, trainingFile, weightsFile } from './files.ts';
import { modelOfShape, type StoredShape, storedShape } from './stored-shape.ts';

/** All there is to know about a run after a step: what continues from it continues to the bit. */
export interface Checkpoint {
  step: number;
  /** Of the step's batch; null: it was not trained here. */
  metrics: Metrics | null;
  /** On held-out data, if the step was evaluated. */
  heldOut: Metrics | null;
  model: ModelDescription;
  /** Whether each batch started from the state that the one before had left. */
  carriesState: boolean;
  /** The engine that trained it, and on how many threads. */
  engine: { name: string; threads: number };
  trainer: TrainerState;
  /** null: nothing goes on from it. */
  data: BatchSourceState | null;
  /** The evaluations so far; null: there are none to make. */
  evaluation: EarlyStoppingState | null;
  /** How inputs become numbers, and what the classes are called: for /predict. */
  encoding: Encoding;
}

export interface Manifest {
  version: number;
  step: number;
  loss: number | null;
  accuracy: number | null;
  heldOut: Metrics | null;
  shape: StoredShape;
  carriesState: boolean;
  engine: Checkpoint['engine'];
  createdAt: string;
  files: Record<string, { bytes: number; sha256: string }>;
}

export type Files = Record<string, Uint8Array>;

/** The files of a checkpoint, the manifest last. */
export function encodeCheckpoint(checkpoint: Checkpoint, now: Date): Files {
  const { step, metrics, heldOut, model, carriesState, engine, trainer, data, evaluation, encoding } = checkpoint;
  const arrays = { ...trainer.slots, carried: trainer.carried };
  const training = {
    arrays: Object.entries(arrays).map(([name, { length }]) => ({ name, length })),
    data,
    evaluation,
    encoding,
  };
  const files: Files = {
    [modelFile]: json(modelJson(model, weightsFile)),
    [weightsFile]: littleEndian([trainer.weights]),
    [trainingFile]: json(training),
    [trainingArraysFile]: littleEndian(Object.values(arrays)),
  };
  const manifest: Manifest = {
    version: currentVersion,
    step,
    loss: metrics?.loss ?? null,
    accuracy: metrics?.accuracy ?? null,
    heldOut,
    shape: storedShape(model),
    carriesState,
    engine,
    createdAt: now.toISOString(),
    files: Object.fromEntries(
      Object.entries(files).map(([name, bytes]) => [name, { bytes: bytes.byteLength, sha256: sha256(bytes) }]),
    ),
  };
  return { ...files, [manifestFile]: encodeManifest(manifest) };
}

/** The manifest with a checksum of itself. */
function encodeManifest(manifest: Manifest): Uint8Array {
  return json({ ...manifest, checksum: sha256(json(manifest)) });
}

/**
 * The version comes first: what a newer Lookback has written need not look as it does today.
 * @throws UnsupportedVersionError, or CorruptCheckpointError when it is not as it was written.
 */
export function decodeManifest(bytes: Uint8Array): Manifest {
  const parsed = parseJson(bytes, manifestFile) as (Manifest & { checksum: string; format?: number }) | null;
  if (typeof parsed !== 'object' || parsed === null) {
    throw new CorruptCheckpointError(`${manifestFile} is not a JSON object.`);
  }
  // `format` is what the version was called at first.
  ensureReadable(`${manifestFile} of step ${parsed.step}`, { version: parsed.version ?? parsed.format });
  if (typeof parsed.files?.[weightsFile]?.sha256 !== 'string') {
    throw new CorruptCheckpointError(`${manifestFile} names no ${weightsFile}.`);
  }
  const { checksum: _, ...manifest } = parsed;
  // It has to be, byte for byte, what would be written today: white space and the checksum itself included.
  if (Buffer.compare(bytes, encodeManifest(manifest)) !== 0) {
    throw new CorruptCheckpointError(`${manifestFile} of step ${manifest.step} is not as it was written.`);
  }
  return manifest;
}

/** @throws CorruptCheckpointError when the bytes are not those that the manifest names. */
export function verifyFile(manifest: Manifest, name: string, bytes: Uint8Array): void {
  const expected = manifest.files[name];
  if (!expected || expected.bytes !== bytes.byteLength || expected.sha256 !== sha256(bytes)) {
    throw new CorruptCheckpointError(`${name} of step ${manifest.step} is not the file that the manifest names.`);
  }
}

/** The weights in a verified weights.bin. */
function decodeWeights(manifest: Manifest, bytes: Uint8Array): Float32Array {
  ensureAsManyAsParameters(manifest);
  return floats(bytes);
}

/** @throws CorruptCheckpointError when the manifest names a file of weights that its model does not have. */
export function ensureAsManyAsParameters({ step, shape, files }: Manifest): void {
  const [weights, parameters] = [files[weightsFile].bytes / 4, parameterCount(modelOfShape(shape))];
  if (weights !== parameters) {
    throw new CorruptCheckpointError(
      `${weightsFile} of step ${step} has ${weights} numbers, but the model has ${parameters}.`,
    );
  }
}

/** SHA-256 of the weights alone, as their file has it. */
export function weightsHash(weights: Float32Array): string {
  return sha256(littleEndian([weights]));
}

/** A whole checkpoint from its verified files. */
export function decodeCheckpoint(manifest: Manifest, files: Files): Checkpoint {
  const training = parseJson(files[trainingFile], trainingFile) as {
    arrays: { name: string; length: number }[];
    data: BatchSourceState | null;
    evaluation: EarlyStoppingState | null;
    encoding: Encoding;
  };
  const numbers = floats(files[trainingArraysFile]);
  const arrays: Record<string, Float32Array> = {};
  let offset = 0;
  for (const { name, length } of training.arrays) {
    arrays[name] = numbers.slice(offset, offset + length);
    offset += length;
  }
  const { carried, ...slots } = arrays;
  return {
    step: manifest.step,
    metrics: metricsOf(manifest),
    heldOut: manifest.heldOut,
    model: modelOfShape(manifest.shape),
    carriesState: manifest.carriesState,
    engine: manifest.engine,
    trainer: { weights: decodeWeights(manifest, files[weightsFile]), slots, carried },
    data: training.data,
    evaluation: training.evaluation,
    encoding: training.encoding,
  };
}

function metricsOf({ loss, accuracy }: Manifest): Metrics | null {
  return loss === null || accuracy === null ? null : { loss, accuracy };
}

function json(value: unknown): Uint8Array {
  return Buffer.from(`${JSON.stringify(value, null, 1)}\n`);
}

function parseJson(bytes: Uint8Array, name: string): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (cause) {
    throw new CorruptCheckpointError(`${name} is not JSON.`, cause);
  }
}

/** Every machine that Node runs on is little-endian, so that the bytes are the arrays' own. */
function littleEndian(arrays: readonly Float32Array[]): Uint8Array {
  return Buffer.concat(arrays.map((array) => new Uint8Array(array.buffer, array.byteOffset, array.byteLength)));
}

function floats(bytes: Uint8Array): Float32Array {
  // A Buffer may be part of a larger one, and its own `slice` copies nothing.
  const copy = new Uint8Array(bytes);
  return new Float32Array(copy.buffer, 0, Math.floor(copy.byteLength / 4));
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
