/**
 * The requests of one turn of the event loop, answered at its end: what is computed together takes less time, and a
 * client that waits for several answers is woken once for all of them, which for small answers is most of what writing
 * costs.
 */

/** No request waits for more than so many others. */
const most = 16;

export class Turn<Request> {
  readonly #answer: (requests: readonly Request[]) => void;
  #waiting: Request[] = [];

  /** @param answer answers all that have come, before it returns. */
  constructor(answer: (requests: readonly Request[]) => void) {
    this.#answer = answer;
  }

  /** To be answered before the event loop turns to what comes next. */
  add(request: Request): void {
    if (this.#waiting.length === 0) setImmediate(() => this.end());
    this.#waiting.push(request);
    if (this.#waiting.length === most) this.end();
  }

  /** Answers what waits. */
  end(): void {
    const waiting = this.#waiting;
    if (waiting.length === 0) return;
    this.#waiting = [];
    this.#answer(waiting);
  }
}
