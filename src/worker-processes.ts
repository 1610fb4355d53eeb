/**
 * The workers that `npm start` runs beside the API, each a process of its own. One that dies is started again.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Logger } from './logger.ts';

const entry = new URL('../workers/main.js', import.meta.url);
const restartMs = 1_000;

export interface WorkerEnvironment {
  REDIS_URL: string;
  LOOKBACK_DATA: string;
  LOOKBACK_WORKERS: string;
  LOG_LEVEL: string;
}

export class WorkerProcesses {
  readonly #environment: WorkerEnvironment;
  readonly #logger: Logger;
  readonly #processes = new Set<ChildProcess>();
  readonly #restarts = new Set<NodeJS.Timeout>();
  #isClosing = false;

  constructor(environment: WorkerEnvironment, logger: Logger) {
    this.#environment = environment;
    this.#logger = logger;
  }

  start(count: number): void {
    for (let i = 0; i < count; i++) this.#start();
  }

  #start(): void {
    const worker = fork(entry, {
      env: { ...process.env, ...this.#environment },
      // Its own process group, so that Ctrl-C reaches it once, through us, and in the right order.
      detached: true,
    });
    this.#processes.add(worker);
    worker.once('exit', (code, signal) => {
      this.#processes.delete(worker);
      if (this.#isClosing) return;
      this.#logger.error({ code, signal }, 'a worker ended; starting another');
      const restart = setTimeout(() => {
        this.#restarts.delete(restart);
        this.#start();
      }, restartMs);
      this.#restarts.add(restart);
    });
  }

  /** Has every worker hand back what it is doing, and waits until all are gone. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const restart of this.#restarts) clearTimeout(restart);
    const gone = [...this.#processes].map((worker) => once(worker, 'exit'));
    for (const worker of this.#processes) worker.kill('SIGTERM');
    await Promise.all(gone);
  }
}
