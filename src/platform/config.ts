/**
 * The environment as settings, read once by each process. Only where a redis-server lies is looked for
 * elsewhere (`redis/embedded-server.ts`).
 */
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { parse } from './input/validation.ts';
import { redisAddress } from './redis/address.ts';
import type { RedisAddress } from './redis/connections.ts';

/** What is no number stays as it came, so that the error shows it. */
const wholeNumber = (fallback: number, max: number) =>
  z.preprocess(
    (text) => (typeof text === 'string' && /^\d+$/.test(text) ? Number(text) : text),
    z.int().min(0).max(max).default(fallback),
  );

const unitsMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Which jobs that are over stay: those that ended less than `ms` ago, and of them the latest `count`; Infinity: no limit. */
const KeptJobs = z
  .string()
  .regex(
    /^(all|\d{1,6}[smhd](,\d{1,9})?|\d{1,9})$/,
    'must be an age, a count or both, as in 30d,10000 (s, m, h, d), or all',
  )
  .transform((text) => {
    const [, age, unit] = /^(\d+)([smhd])/.exec(text) ?? [];
    const [, count] = /(?:^|,)(\d+)$/.exec(text) ?? [];
    return {
      ms: age === undefined ? Number.POSITIVE_INFINITY : Number(age) * unitsMs[unit as keyof typeof unitsMs],
      count: count === undefined ? Number.POSITIVE_INFINITY : Number(count),
    };
  });

export type KeptJobs = z.output<typeof KeptJobs>;

const Environment = z.object({
  PORT: wholeNumber(3000, 65_535),
  HOST: z.string().min(1).default('127.0.0.1'),
  LOOKBACK_HOSTS: z
    .string()
    .transform((text) => text.split(',').map((name) => name.trim()))
    .pipe(
      z.array(z.string().regex(/^(\*|[\w.-]*)$/, 'must be names of hosts, without ports, separated by commas; or *')),
    )
    .default([]),
  REDIS_URL: z
    .string()
    .regex(/^(rediss?|unix):\/\//, 'must start with redis://, rediss:// or unix://')
    .refine(URL.canParse, {
      message: 'must be a URL, as in redis://user:password@host:6379, with / # ? @ : % in a password written as %2F …',
    })
    .optional(),
  REDIS_PASSWORD_FILE: z.string().optional(),
  REDIS_CA_FILE: z.string().optional(),
  LOOKBACK_DATA: z.string().min(1).default('.lookback'),
  LOOKBACK_STORE: z.string().min(1).optional(),
  LOOKBACK_STORE_CACHE_BYTES: wholeNumber(10 * 2 ** 30, Number.MAX_SAFE_INTEGER),
  LOOKBACK_FSYNC: z.enum(['always', 'everysec']).default('everysec'),
  LOOKBACK_KEEP_JOBS: KeptJobs.default({ ms: Number.POSITIVE_INFINITY, count: 10_000 }),
  LOOKBACK_WORKERS: wholeNumber(1, 64),
  LOOKBACK_MAX_CHECKPOINT_BYTES: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  LOOKBACK_MAX_DATASET_BYTES: wholeNumber(0, Number.MAX_SAFE_INTEGER),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']).default('info'),
});

/** The variables that are read here. */
export const settingNames: readonly string[] = Object.keys(Environment.shape);

export interface Config {
  /** 0: a free port. */
  port: number;
  host: string;
  /** Names that the API answers for, besides localhost and IP addresses: what it listens on, and those that are set. */
  hosts: readonly string[];
  /** undefined: start an own Redis in the data folder. */
  redis: RedisAddress | undefined;
  /** Absolute path of the folder that holds the embedded Redis and what this machine keeps of a store elsewhere. */
  data: string;
  /** Where checkpoints and datasets lie: a folder, or `s3://bucket/prefix`. */
  store: string;
  /** What this machine keeps of a store elsewhere. */
  storeCacheBytes: number;
  /** Worker processes that the server starts beside itself. */
  workers: number;
  logLevel: string;
  /** Which jobs that are over stay. */
  keptJobs: KeptJobs;
  /** What the checkpoints of all jobs may take on disk, and what all datasets may; 0: as much as there is. */
  maxCheckpointBytes: number;
  maxDatasetBytes: number;
  /** When the embedded Redis syncs its file: at every write, or every second. */
  fsync: 'always' | 'everysec';
}

/** An empty variable counts as not set, as docker-compose passes them. @throws InvalidInputError that names the variable. */
export function readConfig(environment: NodeJS.ProcessEnv): Config {
  const given = Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== ''));
  const read = parse(Environment, given, 'environment');
  return {
    port: read.PORT,
    host: read.HOST,
    hosts: [read.HOST, ...read.LOOKBACK_HOSTS].filter((name) => name !== ''),
    redis: redisAddress(read),
    data: path.resolve(read.LOOKBACK_DATA),
    store: read.LOOKBACK_STORE ?? read.LOOKBACK_DATA,
    storeCacheBytes: read.LOOKBACK_STORE_CACHE_BYTES,
    workers: read.LOOKBACK_WORKERS,
    maxCheckpointBytes: read.LOOKBACK_MAX_CHECKPOINT_BYTES,
    maxDatasetBytes: read.LOOKBACK_MAX_DATASET_BYTES,
    logLevel: read.LOG_LEVEL,
    keptJobs: read.LOOKBACK_KEEP_JOBS,
    fsync: read.LOOKBACK_FSYNC,
  };
}

/** The cores that one worker computes on: workers share those of the machine. */
export function coresPerWorker({ workers }: Pick<Config, 'workers'>): number {
  return Math.max(1, Math.floor(availableParallelism() / Math.max(1, workers)));
}
