/**
 * Imports a model: a file becomes the one checkpoint of a job that is over from the beginning, so that all that serves,
 * explains, evaluates and goes on from checkpoints knows it by an id like any other.
 */
import type { Readable } from 'node:stream';
import type { ImportRequest } from '../../checkpoints/import/import-request.ts';
import type { ImportedModel } from '../../checkpoints/import/import-task.ts';
import type { ReceivedFile } from '../../checkpoints/import/model-importer.ts';
import { importedJob } from '../decisions/verbs.ts';
import type { JobStore, Submitted } from '../store.ts';
import { submitWithFiles } from './files-first.ts';

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

function submitImport(
  { store, importer, dropFiles }: ImportDeps,
  file: ReceivedFile,
  request: ImportRequest,
  { requested, idempotencyKey }: { requested: object; idempotencyKey?: string },
): Promise<Submitted> {
  return submitWithFiles({
    unsettled: store.unsettled,
    keep: (id) => importer.import(file, request, id),
    submit: (id, { about, checkpoint }) => {
      const imported = { ...about, sha256: file.sha256, bytes: file.bytes };
      const { step, bytes: diskBytes } = checkpoint;
      const made = importedJob(id, { name: request.name ?? null, imported, step, diskBytes }, new Date());
      return store.createImported(made, requested, idempotencyKey);
    },
    drop: dropFiles,
  });
}
