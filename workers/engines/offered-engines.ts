/**
 * The engines that a worker offers: at once those that are sure to load, and native ones when a process of its own has loaded each once.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { setPriority } from 'node:os';
import type { EngineName } from '../../src/engine/registry.ts';
import { engineNames, engines, installedEngines } from '../../src/engine/registry.ts';
import type { WorkerDescription } from '../../src/jobs/workers/worker-info.ts';
import { logEvent } from '../../src/platform/log-events.ts';
import type { Logger } from '../../src/platform/logger.ts';
import { endsWithItsParent } from '../../src/platform/process/parent-death.ts';
import type { ProbeResult } from './engine-probe.ts';

const entry = new URL('./engine-probe.js', import.meta.url);
/** A library that takes longer to load hangs. */
const loadTimeoutMs = 120_000;
/** Jobs that are under way go first. */
const niceness = 10;

export class OfferedEngines {
  readonly offered: EngineName[];
  /** Installed, and not known yet to load. */
  loading: EngineName[];
  readonly unavailable: WorkerDescription['unavailable'];
  readonly #logger: Logger;
  #process: ChildProcess | undefined;
  #isClosed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
    const installed = installedEngines();
    this.offered = installed.filter((name) => !engines[name].isNative);
    this.loading = installed.filter((name) => engines[name].isNative);
    const absent = engineNames.filter((name) => !installed.includes(name));
    this.unavailable = absent.map((engine) => ({ engine, reason: 'It is not installed; npm run setup installs it.' }));
  }

  /** Loads what is installed; what fails is not offered, and the log says why. */
  async probe(): Promise<void> {
    for (const name of this.loading) {
      const error = await this.#probe(name);
      if (this.#isClosed) return;
      this.loading = this.loading.filter((other) => other !== name);
      if (error === null) {
        this.offered.push(name);
        this.#logger.info(logEvent('engine-offered', { engines: this.offered }), `the engine "${name}" is offered`);
      } else {
        this.unavailable.push({ engine: name, reason: `It does not load: ${error}` });
        const fields = logEvent('engine-refused', { engine: name, reason: error });
        this.#logger.warn(fields, `the engine "${name}" is not offered, because it does not load`);
      }
    }
  }

  /** null: it loads. */
  #probe(name: EngineName): Promise<string | null> {
    return new Promise((resolve) => {
      const [execPath, ...execArgv] = [...endsWithItsParent(), process.execPath, ...process.execArgv];
      const child = fork(entry, [name], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execPath, execArgv });
      this.#process = child;
      const timer = setTimeout(() => child.kill('SIGKILL'), loadTimeoutMs);
      child.once('spawn', () => lowerPriority(child.pid!));
      child.once('error', (error) => resolve(error.message));
      child.once('message', ({ error }: ProbeResult) => resolve(error));
      child.once('exit', (code, signal) => {
        clearTimeout(timer);
        resolve(`the process that loaded it ended with ${signal ?? `code ${code}`}`);
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#process?.kill('SIGKILL');
  }
}

function lowerPriority(pid: number): void {
  try {
    setPriority(pid, niceness);
  } catch {
    // It may have ended already.
  }
}
