/**
 * `npm run backup -- FOLDER` and `npm run restore -- FOLDER`: of the Redis and the store that the environment names, as
 * the service itself reads it. FOLDER may also be `s3://bucket/prefix`.
 */
import path from 'node:path';
import { Closers } from '../platform/closers.ts';
import { type Config, readConfig } from '../platform/config.ts';
import { InvalidInputError, LookbackError } from '../platform/errors.ts';
import { redisFolder } from '../platform/files/data-folder.ts';
import { createLogger } from '../platform/logger.ts';
import { leave } from '../platform/process/leave.ts';
import { connect, defaultPrefix, keyNames, type RedisAddress } from '../platform/redis/connections.ts';
import { startEmbeddedRedis } from '../platform/redis/embedded.ts';
import { leasedUrl } from '../platform/redis/lease.ts';
import { openStore, storeLocation } from '../storage/open.ts';
import { backUp, restore } from './backup.ts';

const logger = createLogger('backup');

async function run([verb, folder, ...rest]: string[]): Promise<void> {
  if (folder === undefined || rest.length > 0) throw new InvalidInputError(`Usage: npm run ${verb} -- FOLDER`, []);
  const config = readConfig(process.env);
  logger.level = config.logLevel;
  const closers = new Closers();
  try {
    const redis = connect(await redisOf(config, verb, closers), 'background');
    closers.add('the Redis connection', () => redis.disconnect());
    const blobs = await openStore(storeLocation(config));
    const backup = await openStore(storeLocation({ ...config, store: folder }));
    const source = { redis, prefix: defaultPrefix, keys: keyNames(defaultPrefix), blobs };
    const done = verb === 'backup' ? await backUp(source, backup) : await restore(backup, source);
    process.stdout.write(`${JSON.stringify(done)}\n`);
  } finally {
    await closers.close();
  }
}

/** That of a Lookback that runs, or one that is started for this. */
async function redisOf(config: Config, verb: string, closers: Closers): Promise<RedisAddress> {
  if (config.redis) return config.redis;
  const folder = path.join(config.data, redisFolder);
  const running = verb === 'backup' ? await leasedUrl(path.join(folder, 'lease.json')) : null;
  if (running) return { url: running };
  const started = await startEmbeddedRedis(folder, config.fsync, logger);
  closers.add('the embedded Redis', () => started.close());
  return { url: started.url };
}

run(process.argv.slice(2)).then(
  () => leave(0),
  (error) => {
    logger.fatal(error instanceof LookbackError ? error.message : { err: error });
    leave(1);
  },
);
