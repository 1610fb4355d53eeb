/**
 * What an error of the store means to a caller. None of them says anything about the data that lie in it. Every store
 * throws `StorageError`s; the one in a folder leaves the file system's errors as they are, which carry the path.
 */
import { StorageError, type StorageFailure } from '../platform/errors.ts';
import { diskFailureOf } from './local/failure.ts';

/** Undefined: the error is no failure of the store. */
export function storageFailureOf(error: unknown): StorageFailure | undefined {
  return error instanceof StorageError ? error : diskFailureOf(error);
}

/** Whether more room, or the right to write, would mend it: a job waits for that. */
export function isOutOfRoom(error: unknown): boolean {
  const code = storageFailureOf(error)?.code;
  return code === 'storage_full' || code === 'storage_not_writable' || code === 'storage_refused';
}
