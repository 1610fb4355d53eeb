/**
 * What a fixture `fixtures/invalid-*.ts` holds: an upload that has to be refused, and all that is said of it.
 */
import type { z } from 'zod';
import type { UploadRequest } from '../../src/data/datasets/ingest/request.ts';
import type { Issue } from '../../src/platform/errors.ts';

export interface InvalidUpload {
  request: z.input<typeof UploadRequest>;
  upload: string | Uint8Array;
  /** `invalid_dataset` unless it says otherwise. */
  code?: string;
  issues: Issue[];
}

/** What most CSV fixtures are read with. */
export const mapping = { sequence: 'id', step: 't', features: ['a'], label: 'y' };
