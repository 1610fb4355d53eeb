/**
 * Compressed request bodies: the encodings that are read, for JSON and for uploads. A body is inflated while it is
 * read, so the limit of its reader holds for what it becomes, and one that grows beyond it is cut there.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough, type Readable, type Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { InvalidInputError } from '../../platform/errors.ts';
import { show } from '../../platform/input/shown.ts';
import { UnsupportedMediaTypeError } from '../errors.ts';

const inflaters: Record<string, () => Transform> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** What `Content-Encoding` may say, besides `identity`. */
const acceptedEncodings = ['gzip', 'deflate', 'br'];

/** The name of the encoding of a body; undefined: it comes as it is. @throws UnsupportedMediaTypeError */
function encodingOf({ headers }: IncomingMessage): string | undefined {
  const sent = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (sent === '' || sent === 'identity') return undefined;
  if (Object.hasOwn(inflaters, sent)) return sent;
  throw unknownEncoding(sent);
}

export function unknownEncoding(sent: string): UnsupportedMediaTypeError {
  return new UnsupportedMediaTypeError(
    `A body may be compressed with ${acceptedEncodings.join(', ')}, and with one of them only; the Content-Encoding of this one is ${show(sent)}.`,
    { 'accept-encoding': acceptedEncodings.join(', ') },
  );
}

export function isCompressed(request: IncomingMessage): boolean {
  return encodingOf(request) !== undefined;
}

/**
 * The body of a request, inflated; it fails with an InvalidInputError where it is not what its encoding says. What its
 * reader leaves of it is thrown away when the answer is out.
 */
function inflated(request: IncomingMessage, response: ServerResponse, encoding: string): Readable {
  const inflater = inflaters[encoding]();
  const output = new PassThrough();
  // Also when nobody reads any more: an error without a listener would end the process.
  output.on('error', () => undefined);
  inflater.on('error', (error) => output.destroy(malformed(encoding, error)));
  // `pipe` alone would wait for ever for a sender that has gone away.
  request.once('close', () => request.complete || output.destroy(new Error('The body broke off.')));
  response.once('close', () => {
    request.unpipe(inflater);
    inflater.destroy();
    output.destroy();
    request.resume();
  });
  return request.pipe(inflater).pipe(output);
}

function malformed(encoding: string, cause: Error): InvalidInputError {
  const message = `The body is not what its Content-Encoding, ${encoding}, says: ${cause.message}.`;
  return new InvalidInputError(message, [], { code: 'malformed_encoding', cause });
}

/** Hands parsers the inflated body. */
export function inflateBodies(app: FastifyInstance): void {
  app.addHook('preParsing', ({ raw }, reply, payload, done) => {
    const encoding = encodingOf(raw);
    if (encoding === undefined) return done(null, payload);
    // Fastify compares the bytes that came with Content-Length: those of the body as it was sent.
    const encoded = Number(raw.headers['content-length'] ?? 0);
    done(null, Object.assign(inflated(raw, reply.raw, encoding), { receivedEncodedLength: encoded }));
  });
}
