/**
 * Requests that a client sends on one connection without waiting for answers. Node hands over all that it has read of
 * them at once, thousands in a moment, and their answers have to wait for each other in any case: so each is begun when
 * the one before it has been answered.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** The answer to the last request that has come on a connection. */
const last = new WeakMap<Socket, ServerResponse>();

/** To be called before any other hook is added. */
export function answerInTurn(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw: { socket } }, { raw: response }, done) => {
    const before = last.get(socket);
    last.set(socket, response);
    // Where the connection ends meanwhile it waits for ever: nobody would read the answer.
    if (before && !before.writableFinished) before.once('close', () => done());
    else done();
  });
}

/**
 * Whether something may be written on a connection besides the answers to its requests: not while one is under way, nor
 * after one whose request broke off when it had been answered.
 */
export function isFree(socket: Socket): boolean {
  const response = last.get(socket);
  if (!response) return true;
  if (response.writableFinished) return response.req.complete;
  return response.socket === socket && !response.headersSent;
}
