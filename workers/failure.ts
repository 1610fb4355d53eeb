/**
 * What a run's error means to the reader of the job: its category, which decides whether the run is tried again.
 */

import { outOfRoomCode } from '../src/jobs/decisions/run-end.ts';
import type { JobError } from '../src/jobs/record.ts';
import { LookbackError } from '../src/platform/errors.ts';
import { isOutOfRoom, storageFailureOf } from '../src/storage/failure.ts';

/** Failures of the machine that say nothing about the job. */
const infrastructureCodes: ReadonlySet<string | undefined> = new Set(['EIO', 'EMFILE', 'ENFILE', 'ESTALE', 'EAGAIN']);

/** What Node, V8, WebAssembly and TensorFlow say when memory cannot be had. A RangeError of any other kind is a fault of the program. */
const memoryMessages =
  /^Array buffer allocation failed|could not allocate memory|Cannot allocate Wasm memory|Unable to grow instance memory|Maximum memory size exceeded|\bOOM when allocating/;
const memoryCodes: ReadonlySet<string | undefined> = new Set(['ENOMEM', 'ERR_MEMORY_ALLOCATION_FAILED']);

/** Says code and message of a failure; its stack is for the log (`stackTraceOf`). */
export function describeFailure(error: unknown): JobError {
  const storage = storageFailureOf(error);
  if (isOutOfRoom(error)) return { category: 'capacity', code: outOfRoomCode, message: storage!.message };
  if (storage) return { category: 'infrastructure', code: storage.code, message: storage.message };
  if (error instanceof LookbackError) return { category: error.category, code: error.code, message: error.message };
  const { code, message } = asError(error) as NodeJS.ErrnoException;
  if (infrastructureCodes.has(code)) return { category: 'infrastructure', code: 'system', message };
  if (memoryCodes.has(code) || memoryMessages.test(message)) {
    return { category: 'capacity', code: 'memory', message: `There is not enough memory: ${message}` };
  }
  return { category: 'bug', code: 'internal', message };
}

/** Where an error came from, with its causes; undefined for failures whose message says all there is to know. */
export function stackTraceOf(error: unknown): string | undefined {
  const isExpected = error instanceof LookbackError && error.category !== 'bug';
  return isExpected || storageFailureOf(error) ? undefined : asError(error).stack;
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
