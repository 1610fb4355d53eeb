/**
 * Requests for a part of what an answer would have (RFC 9110, section 14): one range of bytes. Several at once, other units
 * and what cannot be read are answered with the whole, as the RFC allows.
 */
import { LookbackError } from '../../platform/errors.ts';

/** The headers that ask for it. */
export interface RangeHeaders {
  range?: string;
  'if-range'?: string;
}

/** The first byte, and the one behind the last. */
export interface ByteRange {
  from: number;
  end: number;
}

const oneRange = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/i;

/**
 * @param etag of what would be sent: where `If-Range` names another, a part of that would not fit what the caller has.
 * @returns undefined: the whole is to be sent.
 * @throws RangeNotSatisfiableError
 */
export function rangeOf(
  { range, 'if-range': condition }: RangeHeaders,
  bytes: number,
  etag: string,
): ByteRange | undefined {
  const [found, first, last, suffix] = oneRange.exec(range?.trim() ?? '') ?? [];
  if (found === undefined || (condition !== undefined && condition.trim() !== etag)) return undefined;
  const from = suffix === undefined ? Number(first) : Math.max(0, bytes - Number(suffix));
  const end = last ? Math.min(bytes, Number(last) + 1) : bytes;
  if (last && Number(last) < Number(first)) return undefined;
  if (from >= bytes) throw new RangeNotSatisfiableError(found, bytes);
  return { from, end };
}

export class RangeNotSatisfiableError extends LookbackError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(range: string, bytes: number) {
    super('range_not_satisfiable', `There are ${bytes} bytes, none of which is in the range ${range}.`);
    this.headers = { 'content-range': `bytes */${bytes}` };
  }
}

/** What of pieces lies in a range. */
export async function* bytesIn(
  pieces: AsyncIterable<Uint8Array>,
  { from, end }: ByteRange,
): AsyncGenerator<Uint8Array> {
  let at = 0;
  for await (const piece of pieces) {
    const part = piece.subarray(Math.max(0, from - at), Math.max(0, end - at));
    at += piece.length;
    if (part.length > 0) yield part;
    if (at >= end) return;
  }
}
