/**
 * How many files and connections a process may have open at once.
 */
import { readFileSync } from 'node:fs';
import { UnavailableError } from '../errors.ts';

/**
 * Loading the modules of a process takes more than 112 at once, and the rest of 256 is for connections, checkpoints and
 * uploads.
 */
const fewest = 256;

/** @throws UnavailableError that says how to allow more. Only Linux tells how many there may be. */
export function requireOpenFiles(): void {
  const allowed = allowedOpenFiles();
  if (allowed >= fewest) return;
  throw new UnavailableError(
    `The system lets a process open ${allowed} files, and Lookback needs ${fewest}: raise the limit (ulimit -n 1024; LimitNOFILE= of systemd, --ulimit nofile=1024 of docker).`,
  );
}

/** Node has raised its own limit to the highest that it is given. */
function allowedOpenFiles(): number {
  const limit = /^Max open files\s+(\d+)/m.exec(readLimits())?.[1];
  return limit === undefined ? Number.POSITIVE_INFINITY : Number(limit);
}

function readLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'utf8');
  } catch {
    return '';
  }
}
