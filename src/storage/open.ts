/**
 * Opens the store that a location means. Locations pass between threads and processes; nobody else looks into them.
 */
import path from 'node:path';
import type { Config } from '../platform/config.ts';
import type { BlobStore } from './blob-store.ts';
import { LocalStore } from './local/local-store.ts';
import type { Patience } from './patience.ts';
import { isS3Location, s3LocationOf } from './s3/location.ts';

/** The location of the store that an operator has set. @throws InvalidInputError when it is none. */
export function storeLocation({ store, data, storeCacheBytes }: Config): string {
  return isS3Location(store) ? s3LocationOf(store, data, storeCacheBytes) : path.resolve(store);
}

/** Whether the store is reached over the network. */
export function opensConnections(location: string): boolean {
  return isS3Location(location);
}

/**
 * @param location as `storeLocation` makes it; a folder is one as it is.
 * @param patience how long the caller waits for a store that is away; absent: not at all.
 */
export async function openStore(location: string, patience?: Patience): Promise<BlobStore> {
  if (!isS3Location(location)) return new LocalStore(location);
  // Its client takes 0.2 s to load.
  const { S3Store } = await import('./s3/s3-store.ts');
  return new S3Store(location, patience);
}
