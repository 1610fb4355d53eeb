/**
 * Looks at something that may change at any moment, shared by all who ask in the meantime: each gets what was there at a
 * moment after it had asked, and however many ask, one look follows the other.
 */
export class SharedLooks<T> {
  /** By what is looked at: the look that is under way, and the one that begins after it. */
  readonly #looks = new Map<string, { now: Promise<T>; next?: Promise<T> }>();

  /** @throws what `look` throws, for all who share it. */
  at(key: string, look: () => Promise<T>): Promise<T> {
    const looks = this.#looks.get(key);
    if (looks) {
      looks.next ??= looks.now.catch(() => {}).then(() => this.#begin(key, look));
      return looks.next;
    }
    return this.#begin(key, look);
  }

  #begin(key: string, look: () => Promise<T>): Promise<T> {
    const looks = { now: look() };
    this.#looks.set(key, looks);
    const end = () => {
      if (this.#looks.get(key) === looks) this.#looks.delete(key);
    };
    looks.now.then(end, end);
    return looks.now;
  }
}
