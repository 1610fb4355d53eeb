/**
 * Imports a model: a file becomes the one checkpoint of a job that is over from the beginning, so that all that serves,
 * explains, evaluates and goes on from checkpoints knows it by an id like any other.
 */
import type { Readable } from 'node:stream';
import type { ImportRequest } from '../../checkpoints/import/import-request.ts';
import type { ImportedModel } from '../../checkpoints/import/import-task.ts';
import type { ReceivedFile } from '../../checkpoints/import/model-importer.ts';
import { UnavailableError } from '../../platform/errors.ts';
import { importedJob } from '../decisions/verbs.ts';
import { type JobStore, newJobId, type Submitted } from '../store.ts';

export interface ImportDeps {
  store: JobStore;
  importer: {
    withFile<T>(stream: Readable, use: (file: ReceivedFile) => Promise<T>): Promise<T>;
    import(file: ReceivedFile, request: ImportRequest, job: string): Promise<ImportedModel>;
  };
  /** Removes what an import has stored that did not become a job. */
  dropFiles(job: string): Promise<void>;
  checkpointQuota?: { reserve(bytes: number): Promise<void> };
}

/**
 * @throws InvalidInputError `invalid_model`, `unsupported_model`, `model_too_large`, `invalid_input`; QuotaError; BusyError;
 * ConflictError `idempotency_key_reused`. Nothing is left behind then.
 */
export function importModel(
  deps: ImportDeps,
  stream: Readable,
  request: ImportRequest,
  idempotencyKey?: string,
): Promise<Submitted> {
  return deps.importer.withFile(stream, async (file) => {
    const requested = { import: file.sha256, ...request };
    const known = idempotencyKey === undefined ? undefined : await deps.store.findSubmitted(requested, idempotencyKey);
    if (known) return { job: known, repeated: true };
    await deps.checkpointQuota?.reserve(file.bytes);
    return submitImport(deps, file, request, { requested, idempotencyKey });
  });
}

async function submitImport(
  { store, importer, dropFiles }: ImportDeps,
  file: ReceivedFile,
  request: ImportRequest,
  { requested, idempotencyKey }: { requested: object; idempotencyKey?: string },
): Promise<Submitted> {
  const id = newJobId();
  let isSubmitted = false;
  try {
    const { about, checkpoint } = await importer.import(file, request, id);
    const imported = { ...about, sha256: file.sha256, bytes: file.bytes };
    const { step, bytes: diskBytes } = checkpoint;
    const made = importedJob(id, { name: request.name ?? null, imported, step, diskBytes }, new Date());
    const submitted = await store.createImported(made, requested, idempotencyKey);
    isSubmitted = !submitted.repeated;
    return submitted;
  } catch (error) {
    // Where Redis does not say whether it has made the job, that may need its files.
    isSubmitted = error instanceof UnavailableError;
    throw error;
  } finally {
    // What cannot be removed now is swept up later, as the files of a job that is not there.
    if (!isSubmitted) await dropFiles(id).catch(() => {});
  }
}
