/**
 * A private redis-server with an append-only file, to be killed and started again over what it wrote.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/** When the append-only file is synced: at every write, or once a second. */
export type Fsync = 'always' | 'everysec';

/** What makes it another server than the one that is usual here. */
export interface RedisVariant {
  program?: string;
  /** As in its configuration file. */
  settings?: Readonly<Record<string, string | number>>;
}

export class RedisServer {
  readonly port: number;
  readonly #folder: string;
  readonly #fsync: Fsync;
  readonly #variant: RedisVariant;
  #server: ChildProcess | null = null;

  constructor(port: number, folder: string, fsync: Fsync = 'always', variant: RedisVariant = {}) {
    this.port = port;
    this.#folder = folder;
    this.#fsync = fsync;
    this.#variant = variant;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  /** Returns when it takes commands. */
  async start(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const settings = { port: this.port, bind: '127.0.0.1', dir: this.#folder, save: '', appendonly: 'yes' };
    const options = Object.entries({ ...settings, appendfsync: this.#fsync, ...this.#variant.settings });
    const server = spawn(
      this.#variant.program ?? process.env.LOOKBACK_REDIS_SERVER ?? 'redis-server',
      options.flatMap(([name, value]) => [`--${name}`, String(value)]),
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#server = server;
    const end = () => server.kill('SIGKILL');
    process.once('exit', end);
    server.once('exit', () => process.off('exit', end));
    let last = '';
    for await (const line of createInterface({ input: server.stdout })) {
      last = line || last;
      if (!line.includes('Ready to accept connections')) continue;
      server.stdout.resume();
      return;
    }
    throw new Error(`redis-server did not start: ${last}`);
  }

  /** Stops it, so that it keeps its connections and says nothing; or has it go on. */
  hang(isHung: boolean): void {
    this.#server?.kill(isHung ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, 'exit');
    server.kill('SIGKILL');
    await exited;
  }
}
