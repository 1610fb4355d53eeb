/**
 * `npm run backup -- FOLDER` and `npm run restore -- FOLDER`: of the Redis and the store that the environment names, as
 * the service itself reads it. FOLDER may also be `s3://bucket/prefix`.
 */
import { existsSync } from 'node:fs';
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
  if ([folder, ...rest].some((word) => word?.startsWith('--url'))) throw notOverHttp(verb, '--url');
  if (folder === undefined || rest.length > 0) throw new InvalidInputError(`Usage: npm run ${verb} -- FOLDER`, []);
  const config = readConfig(process.env);
  logger.level = config.logLevel;
  ensureThere(config, verb, process.env);
  const closers = new Closers();
  try {
    const redis = connect(await redisOf(config, verb, closers), 'background');
    closers.add('the Redis connection', () => redis.disconnect());
    const blobs = await openStore(storeLocation(config));
    const backup = await openStore(storeLocation({ ...config, store: folder }));
    const source = { redis, prefix: defaultPrefix, keys: keyNames(defaultPrefix), blobs };
    const done = verb === 'backup' ? await backUp(source, backup) : await restore(backup, source);
    process.stdout.write(`${JSON.stringify(done)}\n`);
    if (done.jobs === 0 && done.datasets === 0)
      process.stderr.write('That is a copy of nothing: there are no jobs and no datasets.\n');
  } finally {
    await closers.close();
  }
}

/**
 * Nothing is made where there is nothing to copy: an empty backup in good order would be found out when it is needed.
 * @throws InvalidInputError that says what to set.
 */
function ensureThere({ redis, data, store }: Config, verb: string, env: NodeJS.ProcessEnv): void {
  const isNamed = redis !== undefined || env.LOOKBACK_DATA !== undefined || env.LOOKBACK_STORE !== undefined;
  if (env.LOOKBACK_URL !== undefined && !isNamed) throw notOverHttp(verb, 'LOOKBACK_URL');
  if (verb !== 'backup') return;
  const needed = [
    ...(redis === undefined ? [path.join(data, redisFolder)] : []),
    ...(store.startsWith('s3://') ? [] : [path.resolve(store)]),
  ];
  const missing = needed.find((folder) => !existsSync(folder));
  if (missing === undefined) return;
  throw new InvalidInputError(`There is nothing to back up: there is no ${missing}. ${whatToSet}`, []);
}

const whatToSet =
  'Set what the service was started with: LOOKBACK_DATA, its data folder; or REDIS_URL and LOOKBACK_STORE, where it has them.';

function notOverHttp(verb: string, given: string): InvalidInputError {
  return new InvalidInputError(
    `${verb} works on Redis and files, not over HTTP as ${given} asks for. ${whatToSet}`,
    [],
  );
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
    // For a person, or the mail of a cron job. Systems have codes for what goes wrong; the rest nobody foresaw.
    const isForeseen = error instanceof LookbackError || typeof error.code === 'string';
    const text = isForeseen ? error.message : error.stack;
    process.stderr.write(`${text}\n`);
    leave(1);
  },
);
