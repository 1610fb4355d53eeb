/**
 * A child process at work on one run, as its worker sees it: what it is told, what it says, and how it ends.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { send } from './children.ts';
import type { Assignment, FromChild, RunResult } from './messages.ts';
import { Pace } from './pace.ts';

/** What a run has to say before its end. */
export type ProcessReport = Exclude<FromChild, { type: 'ended' | 'alive' }>;

/** The process went without a last word. */
export interface Lost {
  end: 'lost';
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class TrainingProcess {
  /** Resolves when all that the process has to say was heard. */
  readonly ended: Promise<RunResult | Lost>;
  readonly pace = new Pace();
  readonly #child: ChildProcess;
  #messageAt = performance.now();

  constructor(child: ChildProcess, onReport: (report: ProcessReport) => void) {
    this.#child = child;
    const lastWord = new Promise<RunResult>((resolve) => {
      child.on('message', (message: FromChild) => {
        this.#messageAt = performance.now();
        if (message.type === 'ended') resolve(message);
        else if (message.type !== 'alive') onReport(message);
        else if (message.step !== null) this.pace.add(message.step, this.#messageAt);
      });
    });
    // Its last words may still lie in the channel when the process is gone.
    const gone = Promise.all([once(child, 'exit'), child.connected ? once(child, 'disconnect') : []]);
    this.ended = Promise.race([lastWord, gone.then(([[code, signal]]): Lost => ({ end: 'lost', code, signal }))]);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  get silentMs(): number {
    return performance.now() - this.#messageAt;
  }

  assign(assignment: Assignment): void {
    send(this.#child, { type: 'run', assignment });
  }

  stop(keepWork: boolean, isFinal: boolean): void {
    send(this.#child, { type: 'stop', keepWork, isFinal });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}
