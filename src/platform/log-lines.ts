/**
 * Lines of the log on their way out. One at a time is written at once; those of a busy moment go together, because each
 * call of the system takes as long as some predictions. A warning takes with it whatever waits.
 */
import { pino } from 'pino';

/** For this long after lines were written, the next ones wait. */
const pauseMs = 20;
/** Characters that wait at most. */
const mostWaiting = 2 ** 14;
const metadata: unique symbol = Symbol.for('pino.metadata');
const urgent = pino.levels.values.warn;

export class LogLines {
  /** Has pino tell the level of each line, in `lastLevel`. */
  readonly [metadata] = true;
  lastLevel = 0;
  readonly #write: (text: string) => void;
  #waiting = '';
  #pause: NodeJS.Timeout | undefined;

  /** @param write writes before it returns. */
  constructor(write: (text: string) => void) {
    this.#write = write;
    process.on('exit', () => this.#flush());
  }

  write(line: string): void {
    this.#waiting += line;
    if (!this.#pause || this.lastLevel >= urgent || this.#waiting.length > mostWaiting) this.#flush();
    this.#pause ??= setTimeout(() => this.#resume(), pauseMs);
  }

  #resume(): void {
    this.#pause = undefined;
    if (this.#waiting === '') return;
    this.#flush();
    this.#pause = setTimeout(() => this.#resume(), pauseMs);
  }

  #flush(): void {
    const text = this.#waiting;
    this.#waiting = '';
    if (text !== '') this.#write(text);
  }
}
