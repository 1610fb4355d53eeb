/**
 * Work that a process repeats for as long as it lives: one pass after another, with a pause between them.
 */
interface RepeatedPassOptions<Result> {
  pass(): Promise<Result>;
  /** The pause after a pass, by what it returned; null: it failed. */
  pauseMs(result: Result | null): number;
  /** Told of each pass that failed; the next one comes all the same. */
  onError(error: unknown): void;
}

export class RepeatedPass<Result = void> {
  readonly #options: RepeatedPassOptions<Result>;
  #timer: NodeJS.Timeout | undefined;
  #pass: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(options: RepeatedPassOptions<Result>) {
    this.#options = options;
  }

  /** No further pass will come; one that is under way may use it to end early. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Starts the first pass at once. */
  start(): void {
    this.#pass = this.#run();
  }

  /** Returns when the pass that is under way has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#pass;
  }

  async #run(): Promise<void> {
    const { pass, pauseMs, onError } = this.#options;
    const result = await pass().catch((error: unknown) => {
      onError(error);
      return null;
    });
    if (!this.#isClosed) this.#timer = setTimeout(() => this.start(), pauseMs(result));
  }
}
