/**
 * A zip that is sent as its entries are read. Weights do not compress: entries are stored as they are.
 */
import { Zip, ZipPassThrough } from 'fflate';

/** Of a time in ISO 8601: a zip says nothing of zones, and what is written of it here is UTC. */
const zoneAt = '2026-01-31T12:00:00'.length;

export interface ZipEntry {
  name: string;
  bytes: number;
  pieces(): AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
}

export function entryOf(name: string, content: Uint8Array): ZipEntry {
  return { name, bytes: content.length, pieces: () => [content] };
}

export function jsonEntry(name: string, content: object): ZipEntry {
  return entryOf(name, Buffer.from(`${JSON.stringify(content, null, 1)}\n`));
}

/** @param at when its files were made, in ISO 8601: the same files at the same time are the same bytes. */
export async function* zipOf(entries: readonly ZipEntry[], at: string): AsyncGenerator<Uint8Array> {
  let ready: Uint8Array[] = [];
  const zip = new Zip((error, piece) => {
    if (error) throw error;
    ready.push(piece);
  });
  const take = () => {
    const taken = ready;
    ready = [];
    return taken;
  };
  for (const { name, pieces } of entries) {
    const file = new ZipPassThrough(name);
    file.mtime = at.slice(0, zoneAt);
    zip.add(file);
    for await (const piece of pieces()) {
      file.push(piece);
      yield* take();
    }
    file.push(new Uint8Array(0), true);
  }
  zip.end();
  yield* take();
}

/** Local header and data descriptor, entry of the central directory, its end (APPNOTE 6.3, 4.3.7, 4.3.9, 4.3.12, 4.3.16). */
const frame = { local: 30, descriptor: 16, central: 46, end: 22 };

/** Of the whole zip. */
export function zipBytes(entries: readonly ZipEntry[]): number {
  const ofEntry = ({ name, bytes }: ZipEntry) =>
    frame.local + frame.descriptor + frame.central + 2 * Buffer.byteLength(name) + bytes;
  return entries.reduce((sum, entry) => sum + ofEntry(entry), frame.end);
}
