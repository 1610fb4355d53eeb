/**
 * Drafts grow in a folder of this machine, and are sent to the store when they are complete.
 */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { BlobWriter, Draft } from '../blob-store.ts';
import type { Key } from '../key.ts';
import type { FolderDraft } from '../local/drafts.ts';
import { hashOf } from './cache.ts';
import type { Content } from './objects.ts';

/** Sends contents as a group. False: there is one of this key already. */
type Send = (key: Key, contents: Record<string, Content>) => Promise<boolean>;

export class S3Draft implements Draft {
  readonly id: string;
  readonly #local: FolderDraft;
  readonly #send: Send;

  constructor(local: FolderDraft, send: Send) {
    this.id = local.id;
    this.#local = local;
    this.#send = send;
  }

  create(name: string): Promise<BlobWriter> {
    return this.#local.create(name);
  }

  pieces(name: string): AsyncIterable<Uint8Array> {
    return this.#local.pieces(name);
  }

  put(name: string, content: string | Uint8Array): Promise<void> {
    return this.#local.put(name, content);
  }

  drop(name: string): Promise<void> {
    return this.#local.drop(name);
  }

  async publish(key: Key): Promise<boolean> {
    const contents: Record<string, Content> = {};
    for (const name of await readdir(this.#local.folder)) {
      const file = path.join(this.#local.folder, name);
      contents[name] = { file, bytes: (await stat(file)).size, sha256: await hashOf(file) };
    }
    return this.#send(key, contents);
  }

  release(): Promise<void> {
    return this.#local.release();
  }
}
