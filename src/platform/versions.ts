/**
 * The version of what Lookback keeps: records in Redis, and manifests, data sheets, reports and identities on disk.
 * What carries none was written before there were versions: it is version 1.
 */
import { UnsupportedVersionError } from './errors.ts';

/** What is written today, and the newest that can be read. */
export const currentVersion = 1;

/**
 * Refuses what a newer Lookback has written.
 * @param what names it in the error.
 * @throws UnsupportedVersionError
 */
export function ensureReadable(what: string, { version = 1 }: { version?: unknown }): void {
  if (typeof version === 'number' && Number.isInteger(version) && version >= 1 && version <= currentVersion) return;
  throw new UnsupportedVersionError(what, version, currentVersion);
}
