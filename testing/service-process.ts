/**
 * A process of the service as it is shipped (from dist): an API or a worker, which can be signalled and started again,
 * and whose log can be waited on.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { LogEvent } from '../src/platform/log-events.ts';

/** A line of the log, as pino writes it. */
export interface LogLine {
  msg: string;
  event?: LogEvent;
  job?: string;
  attempt?: number;
  pid?: number;
  [field: string]: unknown;
}

type Role = 'api' | 'worker';

const entries: Record<Role, string> = { api: 'src/main/server.js', worker: 'workers/main.js' };
const readyEvents: Record<Role, LogEvent> = { api: 'api-ready', worker: 'worker-ready' };
/** Lines that are kept to explain a failure. */
const keptLines = 200;
/** Of them, those that tell how a process ended. */
const shownLogLines = 5;

export class ServiceProcess {
  readonly role: Role;
  readonly #dist: URL;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #listeners = new Set<(line: LogLine) => void>();
  readonly log: string[] = [];
  /** Each time that it ended without having been told to: how, and what it said last. */
  readonly unexpectedEnds: string[] = [];
  #child: ChildProcess | null = null;
  #isEnding = false;

  /** @param dist where the service is compiled to. */
  constructor(role: Role, dist: URL, environment: NodeJS.ProcessEnv) {
    this.role = role;
    this.#dist = dist;
    this.#environment = environment;
  }

  get pid(): number {
    return this.#child!.pid!;
  }

  get isAlive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Returns when it is ready. @throws when it ends before. */
  async start(): Promise<void> {
    const child = fork(new URL(entries[this.role], this.#dist), {
      env: { ...process.env, LOG_LEVEL: 'info', ...this.#environment },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#child = child;
    this.#isEnding = false;
    child.once('exit', (code, signal) => {
      if (this.#isEnding) return;
      this.unexpectedEnds.push(
        `the ${this.role} ended with ${signal ?? code}:\n${this.log.slice(-shownLogLines).join('\n')}`,
      );
    });
    createInterface({ input: child.stderr! }).on('line', (line) => this.#onLine(line));
    const ready = this.logged(({ event }) => event === readyEvents[this.role]);
    const ended = once(child, 'exit').then(() => null);
    if ((await Promise.race([ready, ended])) === null) {
      throw new Error(`The ${this.role} did not start:\n${this.log.slice(-5).join('\n')}`);
    }
  }

  /** The next line of the log that fits. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine> {
    return new Promise((resolve) => {
      const listener = (line: LogLine) => {
        if (!fits(line)) return;
        this.#listeners.delete(listener);
        resolve(line);
      };
      this.#listeners.add(listener);
    });
  }

  /** Calls `listener` with every line of the log from now on. */
  onLog(listener: (line: LogLine) => void): void {
    this.#listeners.add(listener);
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  /** Sends a signal that ends it; returns its exit code, null when it was killed. */
  async end(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    if (!this.isAlive) return this.#child?.exitCode ?? null;
    this.#isEnding = true;
    const exited = once(this.#child!, 'exit');
    this.#child!.kill(signal);
    const [code] = await exited;
    return code;
  }

  #onLine(text: string): void {
    this.log.push(text);
    if (this.log.length > keptLines) this.log.shift();
    const line = parseLine(text);
    if (line) for (const listener of [...this.#listeners]) listener(line);
  }
}

/** null: something else than the service wrote to stderr. */
function parseLine(text: string): LogLine | null {
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return null;
  }
}
