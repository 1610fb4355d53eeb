/**
 * The redis-server of the embedded Redis: which program it is, how it is started, and what it says when it does not start.
 */
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { UnavailableError } from '../errors.ts';
import { openRegular } from '../files/regular-file.ts';
import { type GuardedProcess, startGuarded } from '../process/guarded-process.ts';

export interface ServerSetting {
  /** Where its append-only file and its log lie. */
  folder: string;
  port: number;
  password: string;
  /** When it syncs its file. */
  fsync: 'always' | 'everysec';
}

/** What is kept of what a server writes to standard error, in characters. */
const keptCharacters = 2_000;
/** Process, role and time, with which redis-server begins each line of its log. */
const logPrefix = /^\d+:[A-Z] \d+ \w+ \d+ [\d:.]+ \S /;

export class EmbeddedServer {
  readonly #guarded: GuardedProcess;
  readonly #folder: string;
  readonly #program: string;
  /** Where this server's part of the log begins. */
  readonly #logStart: number;
  #errorOutput = '';
  /** Resolves when it has ended and its output is read. */
  readonly ended: Promise<void>;

  constructor(program: string, { folder, port, password, fsync }: ServerSetting) {
    this.#folder = folder;
    this.#program = program;
    this.#logStart = statSync(this.#logFile, { throwIfNoEntry: false })?.size ?? 0;
    // The password comes over stdin, so that no list of processes shows it.
    this.#guarded = startGuarded(
      this.#program,
      serverOptions(folder, port, fsync, this.#logFile),
      `requirepass ${password}\n`,
    );
    const { process } = this.#guarded;
    process.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#errorOutput = (this.#errorOutput + text).slice(-keptCharacters);
    });
    this.ended = new Promise((resolve) => {
      process.once('close', () => resolve());
      process.once('error', (error) => {
        this.#errorOutput = error.message;
        resolve();
      });
    });
    // Where the guard was killed alone, its server goes too.
    process.once('exit', () => this.#guarded.end());
  }

  /** Ends it, and waits until it has ended. */
  async end(): Promise<void> {
    this.#guarded.end();
    await this.ended;
  }

  get #logFile(): string {
    return path.join(this.#folder, 'redis.log');
  }

  /** Why it ended: the last line that it wrote, or the remedy where one is known. */
  async reasonOfEnd(): Promise<string> {
    const logged = await this.#logged();
    if (logged.some((line) => /append[ -]only file/i.test(line) && line.includes('redis-check-aof'))) {
      return repairAdvice(this.#folder, this.#program);
    }
    const lines = [...logged, ...this.#errorOutput.split('\n')].map((line) => line.replace(logPrefix, '').trim());
    return lines.filter((line) => line !== '').at(-1) ?? 'it wrote nothing';
  }

  async #logged(): Promise<string[]> {
    const handle = await openRegular(this.#logFile).catch(() => null);
    if (!handle) return [];
    try {
      const { size } = await handle.stat();
      const start = Math.max(this.#logStart, size - 64 * 1024);
      const { buffer, bytesRead } = await handle.read({
        buffer: Buffer.alloc(Math.max(0, size - start)),
        position: start,
      });
      return buffer.toString('utf8', 0, bytesRead).split('\n');
    } finally {
      await handle.close();
    }
  }
}

function serverOptions(folder: string, port: number, fsync: string, logfile: string): string[] {
  const options = {
    port,
    bind: '127.0.0.1',
    dir: folder,
    logfile,
    save: '',
    appendonly: 'yes',
    appendfsync: fsync,
    'maxmemory-policy': 'noeviction',
  };
  return ['-', ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)])];
}

/**
 * LOOKBACK_REDIS_SERVER, else the system's, else the one that the set-up put into the cache folder.
 * @throws UnavailableError when there is none.
 */
export function findRedisServer(): string {
  const chosen = process.env.LOOKBACK_REDIS_SERVER;
  if (chosen && isProgram(chosen)) return chosen;
  if (chosen) {
    throw new UnavailableError(
      `LOOKBACK_REDIS_SERVER is ${JSON.stringify(chosen)}, which is not a program: correct it or unset it.`,
    );
  }
  const cache = process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache');
  const found = [onPath('redis-server'), path.join(cache, 'lookback', 'redis', 'redis-server')].find(
    (file) => file !== undefined && existsSync(file),
  );
  if (found) return found;
  throw new UnavailableError(
    'There is no redis-server: run `npm run setup`, install the package redis-server, or set REDIS_URL to a Redis that runs elsewhere.',
  );
}

function isProgram(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

function onPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, name)).find(existsSync);
}

function repairAdvice(folder: string, program: string): string {
  const file = appendOnlyFile(folder);
  // The same program, which goes by its name.
  const check = onPath('redis-check-aof') ? 'redis-check-aof' : `(exec -a redis-check-aof ${program}`;
  const end = check.startsWith('(') ? ')' : '';
  return `the append-only file ${file} is damaged. Make a copy of ${path.dirname(file)}, then run: ${check} --fix ${file}${end}`;
}

/** The last part that is written to: Redis 7 has a folder of parts and a manifest of them, Redis 6 one file. */
function appendOnlyFile(folder: string): string {
  const parts = path.join(folder, 'appendonlydir');
  if (!existsSync(parts)) return path.join(folder, 'appendonly.aof');
  const manifest = readdirSync(parts).find((name) => name.endsWith('.manifest'));
  const last = manifest && /file (\S+) seq \d+ type i/g;
  const names = last
    ? [...readFileSync(path.join(parts, manifest), 'utf8').matchAll(last)].map(([, name]) => name)
    : [];
  return path.join(parts, names.at(-1) ?? manifest ?? '');
}
