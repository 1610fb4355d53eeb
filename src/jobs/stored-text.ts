/**
 * Records and events as text: how they lie in Redis and come over its channels.
 */
import { UnsupportedVersionError } from '../platform/errors.ts';
import { currentVersion, ensureReadable } from '../platform/versions.ts';
import type { EventBody, JobEvent } from './event.ts';
import type { Job } from './record.ts';

/** @throws UnsupportedVersionError when a newer Lookback wrote it. */
export function readRecord(text: string): Job {
  const record = JSON.parse(text) as Job & { version?: number };
  ensureReadable(`The record of job ${record.id}`, record);
  const { version = currentVersion, diskBytes = null, imported = null, diagnosedSeconds = null } = record;
  return { ...record, version, diskBytes, imported, diagnosedSeconds };
}

/** The record in a list; none, when a newer Lookback wrote it. */
export function readableRecord(text: string): Job[] {
  try {
    return [readRecord(text)];
  } catch (error) {
    if (error instanceof UnsupportedVersionError) return [];
    throw error;
  }
}

/** The fields of an event but for its id and time, which the script puts in front. */
export function eventFields(event: EventBody): string {
  return JSON.stringify(event).slice(1, -1);
}

/** An event as it lies in the log and comes over the channel. */
export function parseEvent(line: string): JobEvent {
  const event = JSON.parse(line);
  return { ...event, at: new Date(event.at).toISOString() };
}
