/**
 * What all operations of the client stand on: a connection, lists that come in pages, ids in paths.
 */
import { Connection, type ConnectionOptions } from '../connection.ts';

export interface Page<Item> {
  data: Item[];
  /** Hand it back for what follows; null: nothing does. */
  nextCursor: string | null;
}

export interface PageOptions {
  limit?: number;
  cursor?: string;
}

export abstract class Calls {
  protected readonly connection: Connection;

  /** `base` is the address of the service, as `http://localhost:3000`. */
  constructor(base: string, options: ConnectionOptions = {}) {
    this.connection = new Connection(base, options);
  }
}

/** All of a list, page by page: `for await (const job of everyPage((cursor) => client.jobs({ cursor })))`. */
export async function* everyPage<Item>(ask: (cursor: string | undefined) => Promise<Page<Item>>): AsyncGenerator<Item> {
  let cursor: string | undefined;
  do {
    const { data, nextCursor } = await ask(cursor);
    yield* data;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}

/** An id as a part of a path. */
export function part(id: string): string {
  return encodeURIComponent(id);
}
