/**
 * Ends uploads whose sender brings next to nothing: each holds one of few places. Time in which this process has bytes of
 * it unread does not count against the sender.
 */
import type { IncomingMessage } from 'node:http';
import { limits } from '../../platform/limits.ts';
import { refuseConnection } from '../errors.ts';

/** @param windowMs in which `limits.uploadWindowBytes` have to come, again and again until the body is whole. */
export function keepPace(request: IncomingMessage, windowMs: number): void {
  const { socket } = request;
  let read = socket.bytesRead;
  const timer = setInterval(() => {
    if (request.complete) return clearInterval(timer);
    const came = socket.bytesRead - read;
    read = socket.bytesRead;
    if (came >= limits.uploadWindowBytes || request.readableLength > 0) return;
    clearInterval(timer);
    refuseConnection(tooSlow(), socket);
  }, windowMs);
  request.once('close', () => clearInterval(timer));
}

function tooSlow(): Error {
  return Object.assign(new Error('The upload is too slow.'), { code: 'ERR_UPLOAD_TOO_SLOW' });
}
