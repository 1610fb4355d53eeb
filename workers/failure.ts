/**
 * What a run's error means to whoever reads the job: whose business it is, and so whether it is tried again.
 */
import { LookbackError } from '../src/errors.ts';
import { outOfRoomCode } from '../src/jobs/decisions.ts';
import type { JobError } from '../src/jobs/job.ts';
import { isOutOfRoom } from '../src/models/room.ts';

/** Failures of the machine that say nothing about the job. */
const infrastructureCodes: ReadonlySet<string | undefined> = new Set(['EIO', 'EMFILE', 'ENFILE', 'ESTALE', 'EAGAIN']);

export function describeFailure(error: unknown): JobError {
  if (error instanceof LookbackError) return { category: error.category, code: error.code, message: error.message };
  if (isOutOfRoom(error)) {
    const message = `A checkpoint cannot be written: ${(error as Error).message}`;
    return { category: 'capacity', code: outOfRoomCode, message };
  }
  const { code, message } = error as NodeJS.ErrnoException;
  if (infrastructureCodes.has(code)) return { category: 'infrastructure', code: 'system', message };
  if (code === 'ENOMEM' || error instanceof RangeError) {
    return { category: 'capacity', code: 'memory', message: `There is not enough memory: ${message}` };
  }
  const text = error instanceof Error ? (error.stack ?? message) : String(error);
  return { category: 'bug', code: 'internal', message: text };
}
