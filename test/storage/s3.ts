/**
 * An S3 server for the tests of a file, behind a proxy that can do harm.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, onTestFinished } from 'vitest';
import type { Patience } from '../../src/storage/patience.ts';
import { s3LocationOf } from '../../src/storage/s3/location.ts';
import { S3Store } from '../../src/storage/s3/s3-store.ts';
import { S3Proxy } from '../../testing/s3-proxy.ts';
import { S3Server } from '../../testing/s3-server.ts';

const cacheBytes = 2 ** 30;
let stores = 0;

export interface S3ForTests {
  server: S3Server;
  proxy: S3Proxy;
}

/** One server for all tests of the calling file, whose process reaches it through the proxy. */
export function useS3(): { readonly current: S3ForTests } {
  const holder = {} as { current: S3ForTests };
  beforeAll(async () => {
    const server = await S3Server.start();
    const proxy = await S3Proxy.start(server.url);
    Object.assign(process.env, server.environment(proxy.url));
    holder.current = { server, proxy };
  }, 180_000);
  beforeEach(() => {
    const { proxy } = holder.current;
    proxy.weather = 'fair';
    proxy.choose = () => undefined;
    proxy.dropsConditions = false;
    proxy.requests.length = 0;
  });
  afterAll(async () => {
    await holder.current?.proxy.close();
    await holder.current?.server.close();
  });
  return holder;
}

/** The location of an empty store, with a cache of its own. */
export async function emptyS3({ server }: S3ForTests, bytes = cacheBytes): Promise<string> {
  const cache = await mkdtemp(path.join(tmpdir(), 'lookback-cache-'));
  onTestFinished(() => rm(cache, { recursive: true, force: true }));
  return s3LocationOf(server.address(`store-${process.pid}-${stores++}`), cache, bytes);
}

export function openS3(location: string, patience?: Patience): S3Store {
  return new S3Store(location, patience);
}
