/**
 * The child processes of a worker: each runs one job and ends; a spare one is kept warm, so that a job need not wait
 * for a process to start.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { endsWithItsParent } from '../../src/platform/process/parent-death.ts';
import type { EngineOfRun, ToChild } from '../messages.ts';

/** The bundle that scripts/bundle-child.mjs makes of `workers/child/child.ts` and all that it imports. */
const entry = new URL('../../bundles/child/child.js', import.meta.url);

/** Node reads these certificates at every start, some 50 ms, and a run over a store in a folder opens no connection. */
const { NODE_EXTRA_CA_CERTS: _, ...withoutCertificates } = process.env;

/** Reading source maps takes 9 ms of the start of a run: in a run errors name lines of the bundle, unless NODE_OPTIONS asks for more. */
const flags = process.execArgv.filter((flag) => flag !== '--enable-source-maps');

export class Children {
  #spare: ChildProcess | null = null;
  readonly #all = new Set<ChildProcess>();
  readonly #environment: NodeJS.ProcessEnv;
  #closed = false;

  /** @param opensConnections whether a run reaches its store over the network. */
  constructor(opensConnections: boolean) {
    this.#environment = opensConnections ? process.env : withoutCertificates;
    process.once('exit', () => this.#kill());
  }

  /** A process that is ready to run a job; on another engine than it was warmed for, a little later. */
  take(): ChildProcess {
    const spare = this.#spare;
    this.#spare = null;
    return spare && isUsable(spare) ? spare : this.#start();
  }

  /** Keeps a spare process ready for the next job, with what that will probably need. */
  keepSpare({ engine, diagnose }: { engine: EngineOfRun; diagnose: boolean }): void {
    if (this.#closed || (this.#spare && isUsable(this.#spare))) return;
    const child = this.#start();
    send(child, { type: 'warm', engine, diagnose });
    this.#spare = child;
  }

  #start(): ChildProcess {
    // A step of a large model may take longer than a process without its parent may live: what a child notices between
    // two steps is not enough.
    const [execPath, ...execArgv] = [...endsWithItsParent(), process.execPath, ...flags];
    const child = fork(entry, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: this.#environment,
      execPath,
      execArgv,
    });
    this.#all.add(child);
    child.once('exit', () => this.#all.delete(child));
    return child;
  }

  /** Ends every process that is left, and waits until they are gone. */
  async close(): Promise<void> {
    this.#closed = true;
    const gone = [...this.#all].map((child) => new Promise((resolve) => child.once('exit', resolve)));
    this.#kill();
    await Promise.all(gone);
  }

  #kill(): void {
    for (const child of this.#all) child.kill('SIGKILL');
  }
}

function isUsable(child: ChildProcess): boolean {
  return child.connected && child.exitCode === null && child.signalCode === null;
}

/** Sends, unless the child has ended: its `exit` event reports that. */
export function send(child: ChildProcess, message: ToChild): void {
  if (child.connected) child.send(message, () => {});
}
