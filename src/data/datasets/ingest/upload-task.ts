/**
 * What the event loop and an upload thread say to each other.
 */
import type { MessagePort } from 'node:worker_threads';
import type { SentError } from '../../../platform/error-transfer.ts';
import type { DatasetSheet } from '../sheet.ts';
import type { UploadRequest } from './request.ts';

export interface UploadTask {
  storeLocation: string;
  /** Id of the draft that the thread fills. */
  draft: string;
  request: UploadRequest;
  createdAt: Date;
  /** Brings `UploadMessage`s, and takes back the length of each chunk that was read. */
  port: MessagePort;
}

export type UploadMessage = Uint8Array | 'end' | 'broken off';

export type UploadOutcome = { status: 'filled'; sheet: DatasetSheet } | { status: 'refused'; error: SentError };
