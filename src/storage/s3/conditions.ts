/**
 * Whether a server keeps the promises that everything here rests on, found out by asking it: a server that ignores the
 * conditions of a write would let two attempts write at once.
 */
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { StorageError } from '../../platform/errors.ts';
import { replaceFile } from '../../platform/files/disk.ts';
import { newNonce } from './catalogue.ts';
import type { S3Objects } from './objects.ts';

export interface Conditions {
  /** Whether an object is deleted only as it was read. */
  ofDeletes: boolean;
}

/** Remembers the answer in a file: a process that runs one job need not ask again. */
export class ConditionsCheck {
  readonly #objects: S3Objects;
  readonly #file: string;
  #answer: Promise<Conditions> | undefined;

  constructor(objects: S3Objects, file: string) {
    this.#objects = objects;
    this.#file = file;
  }

  /** @throws StorageError where the server knows no conditional writes. */
  result(): Promise<Conditions> {
    this.#answer ??= this.#remembered().catch((error) => {
      this.#answer = undefined;
      throw error;
    });
    return this.#answer;
  }

  async #remembered(): Promise<Conditions> {
    const known = await readFile(this.#file, 'utf8').catch(() => null);
    if (known !== null) return JSON.parse(known) as Conditions;
    const found = await this.#tryOut();
    await mkdir(path.dirname(this.#file), { recursive: true });
    await replaceFile(this.#file, JSON.stringify(found));
    return found;
  }

  async #tryOut(): Promise<Conditions> {
    const key = `.conditions-${newNonce()}`;
    const other = { etag: '"00000000000000000000000000000000"' };
    const content = async () => ((await this.#objects.get(key)) as { body: Buffer } | null)?.body.toString();
    try {
      await this.#objects.put(key, 'first');
      await this.#objects.putIf('absent', key, 'second');
      await this.#objects.putIf(other, key, 'third');
      // What is there then tells more than the answers, which may get lost.
      if ((await content()) !== 'first') {
        throw new StorageError(
          'storage_refused',
          'The store ignores the conditions of writes (If-None-Match, If-Match), without which runs could overwrite each other: use a server that knows them.',
        );
      }
      await this.#objects.delete(key, other);
      return { ofDeletes: (await content()) === 'first' };
    } finally {
      await this.#objects.delete(key).catch(() => {});
    }
  }
}
