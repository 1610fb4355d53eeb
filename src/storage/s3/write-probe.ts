/**
 * Whether the store can be written to, found out by writing.
 */
import { randomBytes } from 'node:crypto';
import { isOutOfRoom } from '../failure.ts';
import { newNonce } from './catalogue.ts';
import type { S3Objects } from './objects.ts';

/** An answer counts for so long: each look is a request that is paid for. */
const freshMs = 10_000;
/** A bad answer is asked for again sooner. */
const doubtMs = 2_000;
/** A store has no size of its own: what refuses so much refuses more. */
const roomBytesAtMost = 8 * 2 ** 20;
const key = '.writable';

export class WriteProbe {
  readonly #objects: S3Objects;
  #answer: Promise<string | null> | undefined;
  #freshUntil = 0;

  constructor(objects: S3Objects) {
    this.#objects = objects;
  }

  /** What the store answers, in a sentence; null: a small object can be written. */
  problem(): Promise<string | null> {
    if (!this.#answer || performance.now() > this.#freshUntil) {
      this.#freshUntil = Number.POSITIVE_INFINITY;
      this.#answer = this.#objects
        .put(key, new Date().toISOString())
        .then(
          () => null,
          (error: Error) => error.message,
        )
        .then((problem) => {
          this.#freshUntil = performance.now() + (problem === null ? freshMs : doubtMs);
          return problem;
        });
    }
    return this.#answer;
  }

  /** Whether an object of so many bytes can be written; it is gone afterwards. */
  async hasRoom(bytes: number): Promise<boolean> {
    const probe = `.room-${newNonce()}`;
    try {
      await this.#objects.put(probe, randomBytes(Math.min(bytes, roomBytesAtMost)));
      return true;
    } catch (error) {
      if (isOutOfRoom(error)) return false;
      throw error;
    } finally {
      await this.#objects.delete(probe).catch(() => {});
    }
  }
}
