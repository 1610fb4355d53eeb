/**
 * What was opened, and how to close it again: in reverse order, and to the end even if one fails.
 */
export class Closers {
  readonly #closers: { name: string; close: () => unknown }[] = [];

  add(name: string, close: () => unknown): void {
    this.#closers.push({ name, close });
  }

  /** Closes everything, last first. @throws the first error, after the rest is closed. */
  async close(): Promise<void> {
    let first: Error | undefined;
    for (let closer = this.#closers.pop(); closer; closer = this.#closers.pop()) {
      try {
        await closer.close();
      } catch (cause) {
        first ??= new Error(`Closing ${closer.name} failed.`, { cause });
      }
    }
    if (first) throw first;
  }
}
