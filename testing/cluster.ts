/**
 * A whole Lookback on this machine: a Redis, APIs and workers over one data folder, each a process of its own.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LookbackClient } from '../src/client/client.ts';
import { freePort } from '../src/platform/network/free-port.ts';
import { type Fsync, RedisServer } from './redis-server.ts';
import { ServiceProcess } from './service-process.ts';

export interface ClusterOptions {
  apis: number;
  workers: number;
  /** Workers that are there, but not started. */
  spareWorkers?: number;
  /** Where the service is compiled to. */
  dist: URL;
  /** Folder of the checkpoints, if it is not to be a temporary one. */
  data?: string;
  environment?: NodeJS.ProcessEnv;
  /** Of Redis; `always`, unless it is named. */
  fsync?: Fsync;
  /** Whether the processes of the service start with Redis; they do, unless it is said. */
  startsServices?: boolean;
}

interface Api {
  process: ServiceProcess;
  url: string;
  client: LookbackClient;
}

export class Cluster {
  readonly folder: string;
  readonly data: string;
  readonly redis: RedisServer;
  readonly apis: readonly Api[];
  readonly workers: readonly ServiceProcess[];
  /** Of each of its processes: with it, another belongs to the cluster. */
  readonly environment: NodeJS.ProcessEnv;

  private constructor(
    folder: string,
    redis: RedisServer,
    environment: NodeJS.ProcessEnv & { LOOKBACK_DATA: string },
    apis: Api[],
    workers: ServiceProcess[],
  ) {
    this.folder = folder;
    this.data = environment.LOOKBACK_DATA;
    this.redis = redis;
    this.environment = environment;
    this.apis = apis;
    this.workers = workers;
  }

  static async start({
    apis,
    workers,
    spareWorkers = 0,
    dist,
    data,
    environment = {},
    fsync,
    startsServices = true,
  }: ClusterOptions): Promise<Cluster> {
    const folder = await mkdtemp(path.join(tmpdir(), 'lookback-cluster-'));
    const redis = new RedisServer(await freePort(), path.join(folder, 'redis'), fsync);
    const common = { ...environment, REDIS_URL: redis.url, LOOKBACK_DATA: data ?? path.join(folder, 'data') };
    const ports = await Promise.all(Array.from({ length: apis }, freePort));
    const cluster = new Cluster(
      folder,
      redis,
      common,
      ports.map((port) => apiOn(port, dist, common)),
      Array.from({ length: workers + spareWorkers }, () => new ServiceProcess('worker', dist, common)),
    );
    try {
      await redis.start();
      if (startsServices) await cluster.startServices(apis + workers);
      return cluster;
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** Starts APIs and workers, all or the first of them. */
  async startServices(count = this.processes.length): Promise<void> {
    await Promise.all(this.processes.slice(0, count).map((process) => process.start()));
  }

  get processes(): ServiceProcess[] {
    return [...this.apis.map(({ process }) => process), ...this.workers];
  }

  get client(): LookbackClient {
    return this.apis[0].client;
  }

  get checkpoints(): string {
    return path.join(this.data, 'checkpoints');
  }

  /** Ends everything at once. */
  async close(): Promise<void> {
    await Promise.all(this.processes.map((process) => process.end()));
    await this.redis.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

function apiOn(port: number, dist: URL, common: NodeJS.ProcessEnv): Api {
  const environment = { ...common, PORT: String(port), HOST: '127.0.0.1', LOOKBACK_WORKERS: '0' };
  const url = `http://127.0.0.1:${port}`;
  return {
    process: new ServiceProcess('api', dist, environment),
    url,
    client: new LookbackClient(url, { retries: 0 }),
  };
}
