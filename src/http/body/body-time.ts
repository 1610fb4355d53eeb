/**
 * How long the body of a request may take to arrive: Node's own limit holds for a whole server, and has to let uploads through.
 */
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { refuseConnection } from '../errors.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Bodies of this route are large: they may take as long as the server allows. */
    takesLong?: boolean;
  }
}

/**
 * Ends connections on which a body does not arrive in time, but for those of routes that take long. To be called before
 * the routes are registered.
 */
export function limitBodyTime(app: FastifyInstance, bodyTimeMs: number): void {
  // Since when, the oldest first. One timer looks after all of them: one of its own would cost a request more than its body.
  const awaited = new Map<IncomingMessage, number>();
  let timer: NodeJS.Timeout | undefined;
  const endLate = () => {
    timer = undefined;
    for (const [request, since] of awaited) {
      const leftMs = since + bodyTimeMs - performance.now();
      if (leftMs > 0) {
        timer = setTimeout(endLate, leftMs);
        return;
      }
      awaited.delete(request);
      if (!request.complete) refuseConnection(tooLate(), request.socket);
    }
  };
  const forget = function (this: IncomingMessage) {
    awaited.delete(this);
  };
  app.addHook('onRequest', ({ raw, routeOptions }, _reply, done) => {
    const hasBody = raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length']) > 0;
    if (hasBody && !routeOptions.config?.takesLong) {
      awaited.set(raw, performance.now());
      raw.on('close', forget);
      timer ??= setTimeout(endLate, bodyTimeMs);
    }
    done();
  });
  app.addHook('onClose', async () => clearTimeout(timer));
}

function tooLate(): Error {
  return Object.assign(new Error('The body took too long.'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
}
