/**
 * A redis-server of a test file's own, on a free port, with an append-only file so that it can be restarted.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll } from 'vitest';

export class TestRedis {
  readonly port: number;
  readonly #folder: string;
  #server: ChildProcess | null = null;

  constructor(port: number, folder: string) {
    this.port = port;
    this.#folder = folder;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Returns when it takes commands. After a `kill` it has what it had: every write was synced. */
  async start(): Promise<void> {
    const settings = {
      port: this.port,
      bind: '127.0.0.1',
      dir: this.#folder,
      save: '',
      appendonly: 'yes',
      appendfsync: 'always',
    };
    const options = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
    const server = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
    this.#server = server;
    process.once('exit', () => server.kill('SIGKILL'));
    for await (const line of createInterface({ input: server.stdout })) {
      if (line.includes('Ready to accept connections')) {
        server.stdout.resume();
        return;
      }
    }
    throw new Error('redis-server did not start.');
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }

  async dispose(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

/** A Redis for the tests of the calling file. */
export function useRedis(): { readonly current: TestRedis } {
  const holder: { current: TestRedis } = { current: new TestRedis(0, '') };
  beforeAll(async () => {
    holder.current = new TestRedis(await freePort(), await mkdtemp(path.join(tmpdir(), 'lookback-redis-')));
    await holder.current.start();
  });
  afterAll(() => holder.current.dispose());
  return holder;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
