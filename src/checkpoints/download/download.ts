/**
 * A checkpoint as one file to take away, in a format of the caller's choice. It is sent as it is read, piece by piece.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import type { Encoding } from '../../data/training-data.ts';
import type { RawInputs } from '../../formats/graph-inputs.ts';
import type { ModelDescription } from '../../model/description.ts';
import { stateLength, stateSegments } from '../../model/state.ts';
import { CorruptCheckpointError } from '../../platform/errors.ts';
import type { Groups, OpenGroup } from '../../storage/blob-store.ts';
import type { Key } from '../../storage/key.ts';
import { ensureAsManyAsParameters, verifyFile } from '../format/checkpoint.ts';
import { checkpointFiles, modelFile, trainingArraysFile, trainingFile, weightsFile } from '../format/files.ts';
import { ensureThere, manifestOf, orMarkDamaged } from '../format/reading.ts';
import { modelOfShape } from '../format/stored-shape.ts';
import { verifiedPieces } from '../format/verification.ts';
import { stepKey } from '../keys.ts';
import { encodingDocument, type Origin } from './encoding-document.ts';
import { packages } from './packages/index.ts';
import type { DownloadVariant } from './variant.ts';

export interface Download {
  /** How a name for it ends, without a dot. */
  extension: string;
  mediaType: 'application/zip' | 'application/octet-stream';
  bytes: number;
  /** Equal for equal bytes: of everything that they are made of. */
  sha256: string;
  /**
   * Takes what it sends from the disk as fast as it is read, and closes the files when it ends, however it does.
   * @param part picks some of the pieces; all, if it is not given.
   */
  stream(part?: (pieces: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>): Readable;
  /** For whoever does not want the stream. */
  close(): Promise<void>;
}

/** What encoding.json says of where the model comes from. */
type About = Omit<Origin, 'step' | 'sha256'>;

/** What is read ahead of a client that reads slowly. */
const aheadBytes = 2 ** 18;

export class Downloads {
  readonly #blobs: Groups;

  constructor(blobs: Groups) {
    this.#blobs = blobs;
  }

  /** @throws NotFoundError, CorruptCheckpointError */
  open(job: string, step: number, variant: DownloadVariant, about: About): Promise<Download> {
    const key = stepKey(job, step);
    return orMarkDamaged(this.#blobs, key, openDownload(this.#blobs, key, variant, about));
  }
}

/**
 * The files are opened here, and stay so until the stream has ended: a checkpoint that is pruned meanwhile is still
 * sent. Should weights.bin change under way, the stream breaks off.
 * @throws NotFoundError, UnsupportedVersionError, CorruptCheckpointError
 */
async function openDownload(blobs: Groups, key: Key, variant: DownloadVariant, about: About): Promise<Download> {
  const group = await blobs.open(key, checkpointFiles);
  try {
    const { manifest } = await manifestOf(blobs, key, group);
    const needed = [modelFile, trainingFile, weightsFile, ...(manifest.carriesState ? [trainingArraysFile] : [])];
    for (const name of needed) ensureThere(key, group, name);
    ensureAsManyAsParameters(manifest);
    const modelJson = await group.read(modelFile, manifest.files[modelFile].bytes);
    verifyFile(manifest, modelFile, modelJson);
    const text = await group.read(trainingFile, manifest.files[trainingFile].bytes);
    verifyFile(manifest, trainingFile, text);
    const training = JSON.parse(text.toString()) as TrainingFile;
    const { shape, step, carriesState } = manifest;
    const description = modelOfShape(shape);
    const initialState = carriesState ? await carriedByFirstRow(group, training, description) : null;
    const { bytes: weightsBytes, sha256 } = manifest.files[weightsFile];
    const encoding = encodingDocument(
      description,
      training.encoding,
      initialState,
      { ...about, step, sha256 },
      variant,
    );
    const { extension, mediaType, bytes, pieces } = packages[variant.format]({
      description,
      encoding,
      raw: variant.inputs === 'raw' ? rawInputs(training.encoding.inputs) : null,
      lengths: variant.lengths,
      state: variant.state,
      initialState,
      createdAt: about.createdAt,
      modelJson,
      weights: { bytes: weightsBytes, pieces: () => verifiedPieces(manifest, weightsFile, group) },
    });
    return {
      extension,
      mediaType,
      bytes,
      sha256: createHash('sha256')
        .update(JSON.stringify([variant, bytes, encoding]))
        .digest('hex'),
      stream(part = (all) => all) {
        const stream = Readable.from(part(pieces()), { objectMode: false, highWaterMark: aheadBytes });
        return stream.once('close', () => void group.close());
      },
      close: () => group.close(),
    };
  } catch (error) {
    await group.close();
    throw error;
  }
}

function rawInputs(inputs: Encoding['inputs']): RawInputs {
  if (inputs.kind === 'strings') return { kind: 'places' };
  const { mean, scale, fill } = inputs;
  return { kind: 'numbers', mean, scale, missing: fill };
}

/** What is needed here of training.json. */
interface TrainingFile {
  arrays: { name: string; length: number }[];
  encoding: Encoding;
}

/** The state of row 0 out of that of a whole batch, without reading all of it. */
async function carriedByFirstRow(group: OpenGroup, { arrays }: TrainingFile, model: ModelDescription) {
  const carried = arrays.findIndex(({ name }) => name === 'carried');
  const before = arrays.slice(0, carried).reduce((sum, { length }) => sum + length, 0);
  const row = new Float32Array(stateLength(model, 1));
  let at = 0;
  for (const { offset, width } of stateSegments(model, arrays[carried].length / row.length)) {
    const part = new Uint8Array(row.buffer, 4 * at, 4 * width);
    const bytesRead = await group.readAt(trainingArraysFile, part, 4 * (before + offset));
    if (bytesRead < part.length) throw new CorruptCheckpointError(`${trainingArraysFile} is too short.`);
    at += width;
  }
  return row;
}
