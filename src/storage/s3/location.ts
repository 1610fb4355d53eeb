/**
 * The location of a store in a bucket, as threads and processes get it: `s3://bucket/prefix#cache=…&bytes=…`.
 */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import { show } from '../../platform/input/shown.ts';

export interface S3Location {
  bucket: string;
  /** Of all keys; empty: the store has the bucket for itself. */
  prefix: string;
  /** Folder of what is kept of the store on this machine. */
  cacheFolder: string;
  /** What the cached blobs may take. */
  cacheBytes: number;
}

const addressPattern = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/([A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+)*))?\/?$/;

export function isS3Location(location: string): boolean {
  return location.startsWith('s3:');
}

/**
 * @param address of the bucket and prefix, as an operator writes it.
 * @param folder below which each store has a cache of its own.
 * @throws InvalidInputError
 */
export function s3LocationOf(address: string, folder: string, cacheBytes: number): string {
  if (!addressPattern.test(address)) {
    const message = `must be a folder, or s3://bucket/prefix with the names of a bucket and of a prefix (letters, digits, dots, dashes and underscores, with slashes between them), but is ${show(address)}`;
    throw invalidInput('environment', [{ path: 'LOOKBACK_STORE', message }]);
  }
  const { AWS_ENDPOINT_URL_S3 = '', AWS_ENDPOINT_URL = '' } = process.env;
  const store = createHash('sha256')
    .update(`${AWS_ENDPOINT_URL_S3 || AWS_ENDPOINT_URL} ${address}`)
    .digest('hex');
  const cache = path.join(folder, 'cache', `s3-${store.slice(0, 16)}`);
  return `${address}#${new URLSearchParams({ cache, bytes: String(cacheBytes) })}`;
}

export function parseS3Location(location: string): S3Location {
  const [address, parameters = ''] = location.split('#');
  const [, bucket, prefix = ''] = addressPattern.exec(address)!;
  const cache = new URLSearchParams(parameters);
  return { bucket, prefix, cacheFolder: cache.get('cache')!, cacheBytes: Number(cache.get('bytes')) };
}
