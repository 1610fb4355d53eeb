/**
 * What went wrong, as lines for a person and an exit code.
 */
import { CommanderError } from 'commander';
import { ApiAccessError, ApiError, ApiInputError, ApiUnavailableError } from '../client/client.ts';
import { exitCodes } from './exit-codes.ts';

/** The command line, or a file that it names, is not what it has to be. */
export class UsageError extends Error {}

/** Something that is not an error of the command, but has its exit code: a job that failed. Its message may be empty. */
export class FailedError extends Error {}

/** The command was ended by Ctrl-C. */
export class InterruptedError extends Error {}

const reasonsNotToRead: Record<string, string> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission is denied',
  EISDIR: 'it is a folder',
};

/** What is said of a file that cannot be read. */
export function unreadable(file: string, { code = '', message }: NodeJS.ErrnoException): UsageError {
  return new UsageError(`${file} cannot be read: ${reasonsNotToRead[code] ?? (code || message)}.`);
}

const reasonsNotToWrite: Record<string, string> = {
  ENOSPC: 'no space is left',
  EDQUOT: 'the quota of the disk is used up',
  EIO: 'the device failed',
};

/** Why something that is written to takes no more. */
export function reasonNotToWrite({ code = '', message }: NodeJS.ErrnoException): string {
  return reasonsNotToWrite[code] ?? (code || message);
}

interface Failure {
  exitCode: number;
  lines: string[];
}

export function failureOf(error: unknown, url: string): Failure {
  if (error instanceof CommanderError)
    return { exitCode: error.exitCode === 0 ? exitCodes.done : exitCodes.usage, lines: [] };
  if (error instanceof UsageError) return { exitCode: exitCodes.usage, lines: [error.message] };
  if (error instanceof FailedError) return { exitCode: exitCodes.failed, lines: error.message ? [error.message] : [] };
  if (error instanceof InterruptedError) return { exitCode: exitCodes.interrupted, lines: [error.message] };
  if (error instanceof ApiUnavailableError) return { exitCode: exitCodes.away, lines: linesOf(error) };
  if (error instanceof ApiInputError) return { exitCode: exitCodes.usage, lines: linesOf(error) };
  if (error instanceof ApiAccessError) return { exitCode: exitCodes.failed, lines: [...linesOf(error), keyHint] };
  if (error instanceof ApiError) return { exitCode: exitCodes.failed, lines: linesOf(error) };
  // fetch reports what it cannot reach as a TypeError with a cause.
  if (error instanceof TypeError && error.cause !== undefined) {
    return { exitCode: exitCodes.away, lines: [`${url} cannot be reached (${reasonOf(error.cause)}).`, startHint] };
  }
  throw error;
}

const keyHint = 'A key is read from LOOKBACK_KEY, or from the file that --key-file or LOOKBACK_KEY_FILE names.';
const startHint = '"lookback start" starts a service here; --url or LOOKBACK_URL names another one.';

/** A refusal with each of its mistakes on a line of its own. */
function linesOf({ message, errors }: ApiError): string[] {
  if (errors.length < 2) return [message];
  return [message, ...errors.map(({ path, message: mistake }) => `  ${path}: ${mistake}`)];
}

function reasonOf(cause: unknown): string {
  const { code, message, errors } = cause as { code?: string; message?: string; errors?: { code?: string }[] };
  return code ?? errors?.[0]?.code ?? (message || 'no reason was given');
}
