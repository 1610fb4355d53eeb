/**
 * The files of a zip archive in memory (APPNOTE 6.3): each is inflated when it is asked for, to no more bytes than it says
 * that it has. Names are only compared, never used as paths.
 */
import { crc32, inflateRawSync } from 'node:zlib';
import { limits } from '../../platform/limits.ts';
import { invalidFile } from './refusal.ts';

interface Entry {
  method: number;
  checksum: number;
  packedBytes: number;
  bytes: number;
  headerAt: number;
}

const signatures = { local: 0x04034b50, central: 0x02014b50, end: 0x06054b50 };
const sizes = { local: 30, central: 46, end: 22 };
/** A comment of at most this many bytes may follow the end of the directory. */
const longestComment = 0xffff;
const methods = { stored: 0, deflated: 8 };
const isEncrypted = 1;

export class ZipArchive {
  readonly #bytes: Buffer;
  readonly #entries: Map<string, Entry>;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    try {
      this.#entries = entriesIn(this.#bytes);
    } catch (error) {
      throw error instanceof RangeError ? invalidFile('the zip', 'is cut off or damaged', error) : error;
    }
  }

  get names(): string[] {
    return [...this.#entries.keys()];
  }

  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /**
   * A file of JSON. It is no larger than what is parsed in a second: no thread can be ended while it parses.
   * @throws InvalidInputError as `read`
   */
  readText(name: string): Uint8Array {
    return this.read(name, limits.modelHeaderBytes);
  }

  /** @throws InvalidInputError when there is none, when it is damaged, or larger than it says or than may be. */
  read(name: string, mostBytes: number = limits.modelFileBytes): Uint8Array {
    const entry = this.#entries.get(name);
    if (!entry) throw invalidFile(name, 'is missing in the zip');
    if (entry.bytes > mostBytes) throw invalidFile(name, `has ${entry.bytes} bytes; the limit is ${mostBytes}`);
    const content = this.#unpacked(name, entry);
    if (content.length !== entry.bytes || crc32(content) !== entry.checksum) {
      throw invalidFile(name, 'is damaged: it is not what the directory of the zip says');
    }
    return content;
  }

  #unpacked(name: string, { method, packedBytes, bytes, headerAt }: Entry): Uint8Array {
    const packed = this.#packed(name, headerAt, packedBytes);
    if (method === methods.stored) return packed;
    if (method !== methods.deflated)
      throw invalidFile(name, `is packed by method ${method}: stored or deflated is needed`);
    try {
      // 0 would be no limit.
      return inflateRawSync(packed, { maxOutputLength: Math.max(bytes, 1) });
    } catch (cause) {
      throw invalidFile(name, 'cannot be unpacked to the bytes that it says it has', cause);
    }
  }

  #packed(name: string, headerAt: number, packedBytes: number): Buffer {
    const bytes = this.#bytes;
    if (headerAt + sizes.local > bytes.length || bytes.readUInt32LE(headerAt) !== signatures.local) {
      throw invalidFile(name, 'lies outside of the zip');
    }
    const from = headerAt + sizes.local + bytes.readUInt16LE(headerAt + 26) + bytes.readUInt16LE(headerAt + 28);
    if (from + packedBytes > bytes.length) throw invalidFile(name, 'lies outside of the zip');
    return bytes.subarray(from, from + packedBytes);
  }
}

/** Those of the central directory; folders are none. Reads beyond the end throw a RangeError. */
function entriesIn(bytes: Buffer): Map<string, Entry> {
  const end = endOfDirectory(bytes);
  const count = bytes.readUInt16LE(end + 10);
  const entries = new Map<string, Entry>();
  let at = bytes.readUInt32LE(end + 16);
  for (let n = 0; n < count; n++) {
    if (bytes.readUInt32LE(at) !== signatures.central) throw invalidFile('the zip', 'has a damaged directory');
    const nameLength = bytes.readUInt16LE(at + 28);
    const name = bytes.toString('utf8', at + sizes.central, at + sizes.central + nameLength);
    const entry: Entry = {
      method: bytes.readUInt16LE(at + 10),
      checksum: bytes.readUInt32LE(at + 16),
      packedBytes: bytes.readUInt32LE(at + 20),
      bytes: bytes.readUInt32LE(at + 24),
      headerAt: bytes.readUInt32LE(at + 42),
    };
    if (bytes.readUInt16LE(at + 8) & isEncrypted) throw invalidFile('the zip', 'is encrypted');
    if (entries.has(name)) throw invalidFile(name, 'is in the zip twice');
    if (!name.endsWith('/')) entries.set(name, entry);
    at += sizes.central + nameLength + bytes.readUInt16LE(at + 30) + bytes.readUInt16LE(at + 32);
  }
  return entries;
}

function endOfDirectory(bytes: Buffer): number {
  const first = Math.max(0, bytes.length - sizes.end - longestComment);
  for (let at = bytes.length - sizes.end; at >= first; at--) {
    if (bytes.readUInt32LE(at) === signatures.end) return at;
  }
  throw invalidFile('the zip', 'has no directory: it is cut off');
}
