/**
 * Sends a dataset: what callers have (text, bytes, files, streams, sequences) as the body of one request.
 */
import { isBrowser, sendInBrowser } from './browser-upload.ts';
import type { Connection } from './connection.ts';
import { errorOf } from './errors.ts';

/** One sequence, as a line of NDJSON has it. */
export interface UploadSequence {
  x: readonly unknown[];
  y: readonly (string | number | null)[] | string | number;
  mask?: readonly (0 | 1 | boolean)[];
}

/** What can be sent; a stream and an iterable are sent as they come. A file is a Blob, in Node by `openAsBlob`. */
export type UploadContent =
  | string
  | Uint8Array
  | Blob
  | ReadableStream<Uint8Array>
  | AsyncIterable<Uint8Array | string>
  | readonly UploadSequence[];

export interface UploadOptions {
  /** Told the bytes that were handed over so far. */
  onProgress?: (sentBytes: number) => void;
  signal?: AbortSignal;
}

/** What is handed over at once of a whole body whose progress is told. */
const pieceBytes = 65_536;

const headers = { 'content-type': 'application/octet-stream' };

/** @throws ApiError where it is refused, with what is wrong where. */
export async function upload<T>(
  connection: Connection,
  url: string,
  content: UploadContent,
  { onProgress, signal }: UploadOptions,
): Promise<T> {
  const body = isList(content) ? linesOf(content) : content;
  const whole = wholeOf(body);
  if (whole !== undefined && !onProgress) {
    return answerOf(await connection.fetch(url, { method: 'POST', headers, body: whole, signal }));
  }
  // Browsers send a stream over HTTP/2 alone, but tell how far a request with a whole body is.
  if (whole !== undefined && isBrowser) {
    return sendInBrowser(url, { ...connection.headers, ...headers }, whole, { onProgress, signal });
  }
  const stream = streamOf(whole === undefined ? (body as Streamed) : piecesOf(new Blob([whole])), onProgress);
  return answerOf(await connection.fetch(url, { method: 'POST', headers, body: stream, duplex: 'half', signal }));
}

type Streamed = ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>;

/** A body that is there as a whole. The types of browsers ask for bytes that no other thread shares. */
function wholeOf(body: string | Uint8Array | Blob | Streamed): string | Uint8Array<ArrayBuffer> | Blob | undefined {
  const isWhole = typeof body === 'string' || body instanceof Uint8Array || body instanceof Blob;
  return isWhole ? (body as Uint8Array<ArrayBuffer>) : undefined;
}

async function answerOf<T>(response: Response): Promise<T> {
  if (!response.ok) throw await errorOf(response);
  return (await response.json()) as T;
}

function isList(content: UploadContent): content is readonly UploadSequence[] {
  return Array.isArray(content);
}

function linesOf(sequences: readonly UploadSequence[]): string {
  return sequences.map((sequence) => `${JSON.stringify(sequence)}\n`).join('');
}

async function* piecesOf(blob: Blob): AsyncGenerator<Uint8Array> {
  for (let start = 0; start < blob.size; start += pieceBytes) {
    yield new Uint8Array(await blob.slice(start, start + pieceBytes).arrayBuffer());
  }
}

function streamOf(
  source: ReadableStream<Uint8Array> | AsyncIterable<Uint8Array | string>,
  onProgress: ((sentBytes: number) => void) | undefined,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const pieces = (source as AsyncIterable<Uint8Array | string>)[Symbol.asyncIterator]();
  let sent = 0;
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done) return controller.close();
      const bytes = typeof value === 'string' ? encoder.encode(value) : value;
      controller.enqueue(bytes);
      sent += bytes.length;
      onProgress?.(sent);
    },
    async cancel() {
      await pieces.return?.();
    },
  });
}
