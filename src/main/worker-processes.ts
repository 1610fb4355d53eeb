/**
 * The workers that `npm start` runs beside the API, each a process of its own. One that dies is started again.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Backoff } from '../platform/backoff.ts';
import type { Logger } from '../platform/logger.ts';
import { wakesWithoutItsParent } from '../platform/process/parent-death.ts';

const entry = new URL('../../workers/main.js', import.meta.url);
const restarts = { firstMs: 1_000, longestMs: 60_000, settledMs: 60_000 };
/** Longer than a worker takes to end by itself when it is told to. */
const killAfterMs = 27_000;

interface WorkerEnvironment {
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
    for (let i = 0; i < count; i++) this.#start(new Backoff(restarts));
  }

  #start(backoff: Backoff): void {
    const startedAt = performance.now();
    const [execPath, ...execArgv] = [...wakesWithoutItsParent(), process.execPath, ...process.execArgv];
    const worker = fork(entry, {
      execPath,
      execArgv,
      env: { ...process.env, ...this.#environment },
      // Its own process group, so that Ctrl-C reaches it once, through us, and in the right order.
      detached: true,
    });
    this.#processes.add(worker);
    const onEnd = (how: string) => {
      if (!this.#processes.delete(worker) || this.#isClosing) return;
      const waitMs = backoff.next(performance.now() - startedAt);
      this.#logger.error({ waitMs }, `a worker ended (${how}); starting another in ${(waitMs / 1000).toFixed(1)} s`);
      const restart = setTimeout(() => {
        this.#restarts.delete(restart);
        this.#start(backoff);
      }, waitMs);
      this.#restarts.add(restart);
    };
    worker.once('exit', (code, signal) => onEnd(signal ?? `exit code ${code}`));
    worker.on('error', (error) => {
      if (worker.pid === undefined) onEnd(error.message);
    });
  }

  /** Has every worker hand back what it is doing, and waits until all are gone. */
  async close(): Promise<void> {
    this.#isClosing = true;
    for (const restart of this.#restarts) clearTimeout(restart);
    const gone = [...this.#processes].map((worker) => once(worker, 'exit'));
    this.#signal('SIGTERM');
    // A stopped process receives no signal.
    const killing = setTimeout(() => this.#signal('SIGKILL'), killAfterMs);
    await Promise.all(gone);
    clearTimeout(killing);
  }

  #signal(signal: NodeJS.Signals): void {
    for (const worker of this.#processes) worker.kill(signal);
  }
}
