/**
 * The datasets, each complete or not there at all. An upload grows in a draft, which is published when all of it is stored.
 */
import type { Readable } from 'node:stream';
import pLimit from 'p-limit';
import { CorruptDatasetError, NotFoundError, QuotaError, UnsupportedVersionError } from '../../../platform/errors.ts';
import { limits } from '../../../platform/limits.ts';
import type { AbandonedDrafts, BlobStore, Draft, Withdrawn } from '../../../storage/blob-store.ts';
import type { Key } from '../../../storage/key.ts';
import type { TaskSpec } from '../../tasks/specs.ts';
import type { DatasetFacts } from '../dataset.ts';
import { datasetId } from '../id.ts';
import { fillDraft } from '../ingest/fill-draft.ts';
import type { UploadRequest } from '../ingest/request.ts';
import { type DatasetSheet, parseSheet } from '../sheet.ts';
import { datasetArea, datasetFiles, datasetKey } from './keys.ts';
import { previewOf } from './preview.ts';
import type { PreviewSequence } from './preview-schema.ts';
import { StoredDataset } from './stored.ts';

/** `exists`: the same content was there before, under the name and time of its first upload. */
export interface Created {
  status: 'created' | 'exists';
  sheet: DatasetSheet;
}

/** Reads an upload into a draft; after a refusal the stream is left unread and open. */
type FillDraft = (draft: Draft, stream: Readable, request: UploadRequest, createdAt: Date) => Promise<DatasetSheet>;

const fillHere: FillDraft = (draft, stream, request, createdAt) =>
  fillDraft(draft, stream.iterator({ destroyOnReturn: false }), request, createdAt);

export class DatasetStore {
  readonly #blobs: BlobStore;
  readonly #maxBytes: number;
  readonly #fill: FillDraft;
  /** Two uploads that end at once must not both take the last of the quota. */
  readonly #oneAtATime = pLimit(1);
  /** Sheets never change, so they are read once. */
  readonly #sheets = new Map<string, DatasetSheet>();
  /** What the store had when a dataset was listed last: while it has the same, the sheet is not asked for. */
  readonly #listed = new Map<string, { version: string; sheet: DatasetSheet }>();

  /**
   * @param maxBytes what all datasets together may take; 0: as much as there is.
   * @param fill reads uploads; by default this thread does.
   */
  constructor(blobs: BlobStore, maxBytes = 0, fill: FillDraft = fillHere) {
    this.#fill = fill;
    this.#blobs = blobs;
    this.#maxBytes = maxBytes;
  }

  /**
   * Stores an upload. Throws an InvalidInputError (`invalid_dataset` or `dataset_too_large`) that lists what is wrong
   * with it, or what the stream throws when it breaks off: nothing is left behind then. The stream is read only as fast
   * as it is stored; after a refusal it is left unread and open, so that an answer can still go out on the connection
   * that it comes from.
   */
  async create(stream: Readable, request: UploadRequest, createdAt = new Date()): Promise<Created> {
    // Who reads the stream throws its error, even one from before that began; but until then an error without a
    // listener would end the process.
    stream.on('error', () => undefined);
    const draft = await this.#blobs.openDraft(datasetArea);
    try {
      const sheet = await this.#fill(draft, stream, request, createdAt);
      return await this.#oneAtATime(() => this.#place(draft, sheet));
    } finally {
      await draft.release();
    }
  }

  /** Where another upload of the same content came first, that one stays. */
  async #place(draft: Draft, sheet: DatasetSheet): Promise<Created> {
    await this.#ensureQuota(sheet);
    if (await draft.publish(datasetKey(sheet.id))) return { status: 'created', sheet };
    return { status: 'exists', sheet: await this.get(sheet.id) };
  }

  /** @throws QuotaError; what is there already takes nothing more. */
  async #ensureQuota({ id, bytes }: DatasetSheet): Promise<void> {
    if (this.#maxBytes === 0 || (await this.find(id))) return;
    const used = (await this.#all()).reduce((sum, sheet) => sum + sheet.bytes, 0);
    if (used + bytes <= this.#maxBytes) return;
    throw new QuotaError(
      'dataset_quota',
      `The dataset takes ${bytes} bytes, and those that are there take ${used}; LOOKBACK_MAX_DATASET_BYTES is ${this.#maxBytes}. Delete some that no job needs.`,
    );
  }

  /** The data sheet, or a NotFoundError. */
  async get(id: string): Promise<DatasetSheet> {
    const sheet = await this.find(id);
    if (!sheet) throw new NotFoundError('dataset', id);
    return sheet;
  }

  /** @throws CorruptDatasetError when its sheet is none, UnsupportedVersionError when a newer Lookback wrote it. */
  async find(id: string): Promise<DatasetSheet | undefined> {
    if (!datasetId.test(id)) return undefined;
    const key = datasetKey(id, datasetFiles.sheet);
    // The store is asked every time: another process may have deleted it.
    if (!(await this.#blobs.has(key))) this.#sheets.delete(id);
    else if (!this.#sheets.has(id)) await this.#readSheet(id, key);
    return this.#sheets.get(id);
  }

  async #readSheet(id: string, key: Key): Promise<void> {
    const bytes = await this.#blobs.get(key);
    if (bytes) this.#sheets.set(id, parseSheet(id, bytes.toString('utf8')));
  }

  /** Newest first, without those that cannot be read; `nextCursor` continues after the last one, null: there are no more. */
  async list(
    limit: number = limits.page,
    cursor?: string,
  ): Promise<{ data: DatasetSheet[]; nextCursor: string | null }> {
    const sheets = await this.#all();
    const key = ({ createdAt, id }: DatasetSheet) => `${createdAt}_${id}`;
    const after = sheets
      .sort((a, b) => (key(a) < key(b) ? 1 : -1))
      .filter((sheet) => cursor === undefined || key(sheet) < cursor);
    const data = after.slice(0, limit);
    return { data, nextCursor: after.length > limit ? key(data[data.length - 1]) : null };
  }

  async #all(): Promise<DatasetSheet[]> {
    const versions = await this.#blobs.versionsIn(datasetArea);
    for (const name of this.#listed.keys()) if (!versions.has(name)) this.#listed.delete(name);
    const listing = [...versions].map((listed) => this.#sheetOf(...listed).catch(nothingIfUnreadable));
    return (await Promise.all(listing)).filter((sheet) => sheet !== undefined);
  }

  async #sheetOf(id: string, version: string): Promise<DatasetSheet | undefined> {
    const known = this.#listed.get(id);
    if (known?.version === version) return known.sheet;
    const sheet = await this.find(id);
    if (sheet) this.#listed.set(id, { version, sheet });
    return sheet;
  }

  /** A dataset to be read, or a NotFoundError. */
  async stored(id: string): Promise<StoredDataset> {
    return new StoredDataset(this.#blobs, await this.get(id));
  }

  /** What a job spec needs to know of a dataset; undefined: there is none of this id. */
  async facts(id: string): Promise<DatasetFacts | undefined> {
    if (!(await this.find(id))) return undefined;
    return this.#read(id, (dataset) => dataset.facts()).catch((error) => {
      if (!(error instanceof NotFoundError)) throw error;
      return undefined;
    });
  }

  /** The facts that a task's spec goes with; none for a built-in task. Throws a NotFoundError where the dataset is gone. */
  async factsFor(task: TaskSpec): Promise<DatasetFacts | undefined> {
    return task.type === 'dataset' ? this.#read(task.dataset, (dataset) => dataset.facts()) : undefined;
  }

  /** The first sequences as they were uploaded, long ones cut. */
  async preview(id: string, sequences: number): Promise<PreviewSequence[]> {
    const count = Math.min(sequences, limits.previewSequences);
    return previewOf(await this.#read(id, (dataset) => dataset.openFirst(count)));
  }

  /** Reads a dataset. One that is deleted meanwhile loses its files on the way: that is a NotFoundError, and not damage. */
  async #read<T>(id: string, read: (dataset: StoredDataset) => Promise<T>): Promise<T> {
    const dataset = await this.stored(id);
    try {
      return await read(dataset);
    } catch (error) {
      if (error instanceof CorruptDatasetError) await this.get(id);
      throw error;
    }
  }

  /** Whether a job still needs it is for the caller to know. Throws a NotFoundError. */
  async delete(id: string): Promise<void> {
    await (await this.withdraw(id)).delete();
  }

  /** Takes a dataset, damaged or not, out of everybody's sight, to be deleted or put back. Throws a NotFoundError. */
  async withdraw(id: string): Promise<Withdrawn> {
    if (!datasetId.test(id)) throw new NotFoundError('dataset', id);
    const withdrawn = await this.#blobs.withdraw(datasetKey(id));
    if (!withdrawn) throw new NotFoundError('dataset', id);
    this.#sheets.delete(id);
    return withdrawn;
  }

  /** What finds and removes uploads whose process was killed. */
  abandonedUploads(): AbandonedDrafts {
    return this.#blobs.abandonedDrafts(datasetArea);
  }

  /** Deletes what processes that were killed left behind: at start-up, and nothing that is younger than the time given. */
  removeAbandoned(olderThanMs: number): Promise<void> {
    return this.#blobs.removeAbandoned(datasetArea, olderThanMs);
  }
}

function nothingIfUnreadable(error: unknown): undefined {
  if (!(error instanceof CorruptDatasetError) && !(error instanceof UnsupportedVersionError)) throw error;
}
