/**
 * How long the body of a request may take to arrive: Node's own limit holds for a whole server, and has to let uploads through.
 */
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
  app.addHook('onRequest', async ({ raw, routeOptions }) => {
    const hasBody = raw.headers['transfer-encoding'] !== undefined || Number(raw.headers['content-length']) > 0;
    if (!hasBody || routeOptions.config?.takesLong) return;
    const deadline = setTimeout(() => {
      const error = Object.assign(new Error('The body took too long.'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' });
      if (!raw.complete) refuseConnection(error, raw.socket);
    }, bodyTimeMs);
    raw.once('close', () => clearTimeout(deadline));
  });
}
