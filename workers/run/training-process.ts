/**
 * A child process at work on one run, as its worker sees it: what it is told, what it says, and how it ends.
 */
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { JobError } from '../../src/jobs/record.ts';
import type { Assignment, FromChild, RunResult, StopRequest } from '../messages.ts';
import { send } from './children.ts';
import { Pace } from './pace.ts';

/** What a run has to say before its end. */
export type ProcessReport = Exclude<FromChild, { type: 'ended' | 'alive' }>;

/** The process ended without telling its result. */
interface Lost {
  end: 'lost';
  error: JobError;
}

export class TrainingProcess {
  /** Resolves when all messages of the process are read. */
  readonly ended: Promise<RunResult | Lost>;
  readonly pace = new Pace();
  readonly #child: ChildProcess;
  #messageAt = performance.now();
  /** Why it was ended, if it hung. */
  #hungError: JobError | undefined;

  constructor(child: ChildProcess, onReport: (report: ProcessReport) => void) {
    this.#child = child;
    const result = new Promise<RunResult>((resolve) => {
      child.on('message', (message: FromChild) => {
        this.#messageAt = performance.now();
        if (message.type === 'ended') resolve(message);
        else if (message.type !== 'alive') onReport(message);
        else if (message.step !== null) this.pace.add(message.step, this.#messageAt);
      });
    });
    // Its last messages may still be in the channel when the process is gone.
    const gone = Promise.all([once(child, 'exit'), child.connected ? once(child, 'disconnect') : []]);
    const lost = gone.then(
      ([[code, signal]]): Lost => ({
        end: 'lost',
        error: this.#hungError ?? processLost({ code, signal }),
      }),
    );
    this.ended = Promise.race([result, lost]);
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  assign(assignment: Assignment): void {
    send(this.#child, { type: 'run', assignment });
  }

  stop(request: StopRequest): void {
    send(this.#child, { type: 'stop', ...request });
  }

  /**
   * Ends the process if it has said nothing for so long; the run counts as lost then, and goes on from its last
   * checkpoint. Returns the error that says so; null: the process does not hang.
   */
  endIfSilentFor(ms: number): JobError | null {
    const silentMs = performance.now() - this.#messageAt;
    if (silentMs < ms) return null;
    this.#hungError = processHung(silentMs);
    this.kill();
    return this.#hungError;
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

function processLost({ code, signal }: { code: number | null; signal: NodeJS.Signals | null }): JobError {
  const message = `its process ${signal ? `was ended by ${signal}` : `exited with code ${code}`}`;
  return { category: 'infrastructure', code: 'process_lost', message };
}

function processHung(silentMs: number): JobError {
  const message = `its process said nothing for ${Math.round(silentMs / 1000)} s and was ended`;
  return { category: 'infrastructure', code: 'process_hung', message };
}
