/**
 * Opens the store that a location means. Locations pass between threads and processes; nobody else looks into them.
 */
import type { BlobStore } from './blob-store.ts';
import { LocalStore } from './local/local-store.ts';

/** @param location a folder. */
export async function openStore(location: string): Promise<BlobStore> {
  return new LocalStore(location);
}
