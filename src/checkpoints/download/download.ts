/**
 * A checkpoint as a zip to take away: model.json and weights.bin as stock tfjs reads them, encoding.json and
 * README.txt. It is sent as it is read, piece by piece.
 */
import { Readable } from 'node:stream';
import { Zip, ZipPassThrough } from 'fflate';
import type { Encoding } from '../../data/training-data.ts';
import type { ModelDescription } from '../../model/description.ts';
import { stateLength, stateSegments } from '../../model/state.ts';
import { CorruptCheckpointError } from '../../platform/errors.ts';
import type { Groups, OpenGroup } from '../../storage/blob-store.ts';
import type { Key } from '../../storage/key.ts';
import { verifyFile } from '../format/checkpoint.ts';
import { checkpointFiles, modelFile, trainingArraysFile, trainingFile, weightsFile } from '../format/files.ts';
import { ensureThere, manifestOf, orMarkDamaged } from '../format/reading.ts';
import { modelOfShape } from '../format/stored-shape.ts';
import { verifiedPieces } from '../format/verification.ts';
import { stepKey } from '../keys.ts';
import { encodingDocument, type Origin } from './encoding-document.ts';
import { readmeText } from './readme.ts';

export interface Download {
  /** Of the zip. */
  bytes: number;
  /** Takes what it sends from the disk as fast as it is read, and closes the files when it ends, however it does. */
  stream: Readable;
}

interface Entry {
  name: string;
  bytes: number;
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

/** What is read ahead of a client that reads slowly. */
const aheadBytes = 2 ** 18;

export class Downloads {
  readonly #blobs: Groups;

  constructor(blobs: Groups) {
    this.#blobs = blobs;
  }

  /**
   * @param about what encoding.json says of where the model comes from.
   * @throws NotFoundError, CorruptCheckpointError
   */
  open(job: string, step: number, about: Omit<Origin, 'step' | 'sha256'>): Promise<Download> {
    const key = stepKey(job, step);
    return orMarkDamaged(this.#blobs, key, openDownload(this.#blobs, key, about));
  }
}

/**
 * The files are opened here, and stay so until the stream has ended: a checkpoint that is pruned meanwhile is still
 * sent. Should weights.bin change under way, the stream breaks off.
 * @throws NotFoundError, UnsupportedVersionError, CorruptCheckpointError
 */
async function openDownload(blobs: Groups, key: Key, about: Omit<Origin, 'step' | 'sha256'>): Promise<Download> {
  const group = await blobs.open(key, checkpointFiles);
  try {
    const { manifest } = await manifestOf(blobs, key, group);
    const needed = [modelFile, trainingFile, weightsFile, ...(manifest.carriesState ? [trainingArraysFile] : [])];
    for (const name of needed) ensureThere(key, group, name);
    const model = await group.read(modelFile, manifest.files[modelFile].bytes);
    verifyFile(manifest, modelFile, model);
    const text = await group.read(trainingFile, manifest.files[trainingFile].bytes);
    verifyFile(manifest, trainingFile, text);
    const training = JSON.parse(text.toString()) as TrainingFile;
    const { shape, step, carriesState } = manifest;
    const network = modelOfShape(shape);
    const state = carriesState ? await carriedByFirstRow(group, training, network) : null;
    const { bytes, sha256 } = manifest.files[weightsFile];
    const encoding = encodingDocument(network, training.encoding, state, { ...about, step, sha256 });
    const entries: Entry[] = [
      entryOf('README.txt', Buffer.from(readmeText)),
      entryOf('encoding.json', Buffer.from(`${JSON.stringify(encoding, null, 1)}\n`)),
      entryOf(modelFile, model),
      { name: weightsFile, bytes, pieces: () => verifiedPieces(manifest, weightsFile, group) },
    ];
    const stream = Readable.from(zipOf(entries), { objectMode: false, highWaterMark: aheadBytes });
    stream.once('close', () => void group.close());
    return { bytes: zipBytes(entries), stream };
  } catch (error) {
    await group.close();
    throw error;
  }
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

function entryOf(name: string, content: Uint8Array): Entry {
  return { name, bytes: content.length, pieces: () => [content] };
}

/** Weights do not compress: entries are stored as they are. */
async function* zipOf(entries: readonly Entry[]): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const zip = new Zip((error, piece) => {
    if (error) throw error;
    ready.push(piece);
  });
  const take = () => {
    const taken = ready;
    ready = [];
    return taken;
  };
  for (const { name, pieces } of entries) {
    const file = new ZipPassThrough(name);
    zip.add(file);
    for await (const piece of pieces()) {
      file.push(piece);
      yield* take();
    }
    file.push(new Uint8Array(0), true);
  }
  zip.end();
  yield* take();
}

/** Local header and data descriptor, entry of the central directory, its end (APPNOTE 6.3, 4.3.7, 4.3.9, 4.3.12, 4.3.16). */
const frame = { local: 30, descriptor: 16, central: 46, end: 22 };

function zipBytes(entries: readonly Entry[]): number {
  const ofEntry = ({ name, bytes }: Entry) =>
    frame.local + frame.descriptor + frame.central + 2 * Buffer.byteLength(name) + bytes;
  return entries.reduce((sum, entry) => sum + ofEntry(entry), frame.end);
}
