/**
 * Answers with a download: whole, a part of it, its headers alone, or the news that the caller has it.
 */
import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';
import type { Download } from '../../checkpoints/download/download.ts';
import { bytesIn, type RangeHeaders, rangeOf } from './byte-range.ts';
import { callerHas, type PreconditionHeaders } from './conditions.ts';

/**
 * @param name of the file that it becomes.
 * @throws PreconditionFailedError, RangeNotSatisfiableError; the files of the download are closed then.
 */
export async function sendDownload(
  reply: FastifyReply,
  download: Download,
  name: string,
  headers: PreconditionHeaders & RangeHeaders,
): Promise<FastifyReply> {
  const { bytes, mediaType, sha256 } = download;
  const isHead = reply.request.method === 'HEAD';
  const etag = `"${sha256}"`;
  try {
    const isUnmodified = callerHas(etag, headers);
    // A range has a meaning for GET alone (RFC 9110, section 14.2).
    const range = isHead || isUnmodified ? undefined : rangeOf(headers, bytes, etag);
    reply.header('etag', etag);
    if (isUnmodified) return withoutBody(reply.code(304), download);
    reply.headers({ 'accept-ranges': 'bytes', 'content-type': mediaType, 'content-length': bytes });
    reply.header('content-disposition', `attachment; filename="${name}"`);
    if (isHead) return withoutBody(reply, download);
    if (!range) return reply.send(download.stream());
    const { from, end } = range;
    reply.code(206).headers({ 'content-range': `bytes ${from}-${end - 1}/${bytes}`, 'content-length': end - from });
    return reply.send(download.stream((pieces) => bytesIn(pieces, range)));
  } catch (error) {
    await download.close();
    throw error;
  }
}

/** With an empty stream: of anything else Fastify would say how long it is. */
async function withoutBody(reply: FastifyReply, download: Download): Promise<FastifyReply> {
  await download.close();
  return reply.send(Readable.from([]));
}
