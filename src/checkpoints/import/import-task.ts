/**
 * What goes between the process that answers requests and the thread that reads a file.
 */
import type { SentError } from '../../platform/error-transfer.ts';
import type { CheckpointSummary } from '../summary-schema.ts';
import type { ImportRequest } from './import-request.ts';
import type { ImportedCheckpoint } from './imported-checkpoint.ts';

/** Of the draft that a file is received in. */
export const receivedName = 'file';

export interface ImportTask {
  storeLocation: string;
  /** Id of the draft that has the file. */
  draft: string;
  request: ImportRequest;
  job: string;
}

/** The checkpoint that a file has become. */
export interface ImportedModel {
  about: ImportedCheckpoint['about'];
  checkpoint: CheckpointSummary;
}

/** An error loses its class between threads. */
export type ImportOutcome = { status: 'imported'; imported: ImportedModel } | { status: 'refused'; error: SentError };
