/**
 * How every process of Lookback ends: the first signal drains, the second exits, and a deadline ends it in any case.
 * Signals of crashes (SIGSEGV, SIGABRT and their like) keep their effect: a handler would only return to the fault.
 */

import type { LookbackError } from '../errors.ts';
import { logEvent } from '../log-events.ts';
import type { Logger } from '../logger.ts';
import { ignoresHangUp } from './hang-up.mjs';
import { leave } from './leave.ts';
import { watchNpm } from './npm.ts';

/** Ctrl-C reaches a process from the terminal and once more from npm, which passes it on: within this time it counts once. */
const sameSignalMs = 500;
/** A process whose parent is gone ends within this time: nobody waits for it, and its Redis may be gone too. */
const orphanDeadlineMs = 5_000;

/**
 * Stops the process by `close` when a signal comes, an error is not caught, or the parent that started it is gone.
 * Returns what stops it, with exit code 1, for an error after which it must not go on.
 */
export function closeOnSignal(
  close: () => Promise<void>,
  logger: Logger,
  deadlineMs: number,
): (error: LookbackError) => void {
  const shutdown = new Shutdown(close, logger, deadlineMs);
  shutdown.listen();
  return (error) => shutdown.fail(error);
}

class Shutdown {
  readonly #close: () => Promise<void>;
  readonly #logger: Logger;
  readonly #deadlineMs: number;
  #closingSince: number | undefined;
  #hasFailed = false;

  constructor(close: () => Promise<void>, logger: Logger, deadlineMs: number) {
    this.#close = close;
    this.#logger = logger;
    this.#deadlineMs = deadlineMs;
  }

  listen(): void {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.#onSignal(signal));
    const isHangUpIgnored = ignoresHangUp();
    process.on('SIGHUP', () => {
      if (!isHangUpIgnored) this.#onSignal('SIGHUP');
    });
    for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
      process.on(event, (error: unknown) => this.#onError(error));
    }
    // A closed terminal ends npm and not what was started with nohup.
    if (!process.send && !isHangUpIgnored) watchNpm(() => this.#onOrphaned());
    if (!process.send) return;
    process.once('disconnect', () => this.#onOrphaned());
    // The parent may have died while this process was still loading.
    if (!process.connected) this.#onOrphaned();
  }

  fail(error: LookbackError): void {
    this.#logger.fatal(error.message);
    this.#hasFailed = true;
    this.#stop(this.#deadlineMs);
  }

  #onSignal(signal: NodeJS.Signals): void {
    if (this.#closingSince === undefined) {
      this.#logger.info(logEvent('stopping', { signal }), 'stopping');
      this.#stop(this.#deadlineMs);
    } else if (performance.now() - this.#closingSince > sameSignalMs) {
      this.#logger.warn({ signal }, 'a second signal came: ending at once');
      leave(1);
    }
  }

  #onError(error: unknown): void {
    this.#logger.error({ err: error }, 'an error was not caught');
    if (this.#hasFailed) leave(1);
    this.#hasFailed = true;
    this.#stop(this.#deadlineMs);
  }

  #onOrphaned(): void {
    this.#logger.info(logEvent('stopping'), 'stopping: the process that started this one is gone');
    this.#stop(orphanDeadlineMs);
  }

  /** Closes, if that is not under way, and has `deadlineMs` from now on to end; an earlier deadline stays. */
  #stop(deadlineMs: number): void {
    setTimeout(() => {
      this.#logger.error({ deadlineMs }, 'not everything was closed in time: ending at once');
      leave(1);
    }, deadlineMs);
    if (this.#closingSince !== undefined) return;
    this.#closingSince = performance.now();
    this.#close().then(
      () => leave(this.#hasFailed ? 1 : 0),
      (error) => {
        this.#logger.error({ err: error }, 'closing failed');
        leave(1);
      },
    );
  }
}
