/**
 * Imports for the process that answers requests: a file is written to the disk as it comes, and read on a thread of its
 * own, one after the other. Each has a new thread: what a hostile file does to the libraries that read it ends with it.
 */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import pLimit from 'p-limit';
import { invalidFile } from '../../formats/reading/refusal.ts';
import { receiveError } from '../../platform/error-transfer.ts';
import { BusyError, InvalidInputError, UnavailableError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { threadPool } from '../../platform/process/thread-pool.ts';
import { areas } from '../../storage/areas.ts';
import type { BlobStore, Draft } from '../../storage/blob-store.ts';
import type { ImportRequest } from './import-request.ts';
import { type ImportedModel, type ImportOutcome, type ImportTask, receivedName } from './import-task.ts';

/** Many times what the largest file takes: what a hostile one keeps busy is ended. */
const longestMs = 60_000;
/** Of the heap of JavaScript: weights and files lie outside of it. */
const heapMiB = { maxOldGenerationSizeMb: 1_024 };

export interface ReceivedFile {
  draft: Draft;
  sha256: string;
  bytes: number;
}

export class ModelImporter {
  readonly #blobs: BlobStore;
  readonly #file: string;
  readonly #oneAtATime = pLimit(1);
  readonly #ended = new AbortController();
  #underWay = 0;

  /** @param file the compiled thread. */
  constructor(blobs: BlobStore, file = fileURLToPath(new URL('./model-importer-thread.js', import.meta.url))) {
    this.#blobs = blobs;
    this.#file = file;
  }

  /**
   * Receives a file and hands it to `use`; nothing is left of it afterwards.
   * @throws InvalidInputError `model_too_large`; BusyError; what the stream fails with.
   */
  async withFile<T>(stream: Readable, use: (file: ReceivedFile) => Promise<T>): Promise<T> {
    if (this.#underWay >= limits.imports) {
      throw new BusyError(`${limits.imports} imports are under way, which is the limit; try again in a moment.`);
    }
    this.#underWay++;
    try {
      // Abandoned drafts of this area are looked for.
      const draft = await this.#blobs.openDraft(areas.datasets);
      try {
        return await use(await receive(stream, draft));
      } finally {
        await draft.release();
      }
    } finally {
      this.#underWay--;
    }
  }

  /**
   * Reads a file that was received, and stores its model as the checkpoint of a job that is not there yet.
   * @throws InvalidInputError `invalid_model`, `unsupported_model`, `json_too_deep`, `invalid_input`
   */
  import({ draft }: ReceivedFile, request: ImportRequest, job: string): Promise<ImportedModel> {
    return this.#oneAtATime(async () => {
      const thread = threadPool<ImportTask, ImportOutcome>({
        filename: this.#file,
        minThreads: 0,
        maxThreads: 1,
        resourceLimits: heapMiB,
      });
      try {
        const task = { storeLocation: this.#blobs.location, draft: draft.id, request, job };
        const limit = AbortSignal.timeout(longestMs);
        const outcome = await thread
          .run(task, { signal: AbortSignal.any([limit, this.#ended.signal]) })
          .catch((error) => {
            throw this.#ended.signal.aborted ? stopping() : limit.aborted ? tooSlow() : error;
          });
        if (outcome.status === 'refused') throw receiveError(outcome.error);
        return outcome.imported;
      } finally {
        await thread.destroy();
      }
    });
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#ended.abort();
  }
}

async function receive(stream: Readable, draft: Draft): Promise<ReceivedFile> {
  const writer = await draft.create(receivedName);
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      bytes += chunk.length;
      if (bytes > limits.modelFileBytes) throw tooLarge();
      hash.update(chunk);
      await writer.append(chunk);
    }
    await writer.finish();
  } finally {
    await writer.abandon();
  }
  return { draft, sha256: hash.digest('hex'), bytes };
}

export function tooLarge(): InvalidInputError {
  const issue = { path: 'file', message: `must have at most ${limits.modelFileBytes} bytes` };
  return new InvalidInputError(`The file cannot be imported: it ${issue.message}.`, [issue], {
    code: 'model_too_large',
  });
}

function tooSlow(): InvalidInputError {
  return invalidFile('the file', `takes longer to read than ${longestMs / 1000} s`);
}

function stopping(): UnavailableError {
  return new UnavailableError('The service is stopping: send the file again.');
}
