/**
 * Requests that a client sends on one connection without waiting for answers. Node hands over all that it has read of
 * them at once, thousands in a moment, and their answers have to wait for each other in any case: so each is begun when
 * the one before it has been answered. A client that does not read its answers is read no further itself: Node would
 * look at what waits to be sent alone, which is little as long as requests wait.
 */
import type { ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

/** The answer to the last request that has come on a connection. */
const last = new WeakMap<Socket, ServerResponse>();

/** Requests of a connection that wait for their turn before no more of it is read. */
const mostWaiting = 64;
const waiting = new WeakMap<Socket, number>();

/** To be called before any other hook is added. */
export function answerInTurn(app: FastifyInstance): void {
  app.addHook('onRequest', ({ raw: { socket } }, { raw: response }, done) => {
    const before = last.get(socket);
    last.set(socket, response);
    if (!before || before.writableFinished) return done();
    const count = (waiting.get(socket) ?? 0) + 1;
    waiting.set(socket, count);
    // At the end of each request Node reads on: only what comes after what it has read stops it.
    if (count === mostWaiting) process.nextTick(() => socket.pause());
    // Where the connection ends meanwhile it waits for ever: nobody would read the answer.
    before.once('close', () => {
      const left = (waiting.get(socket) ?? 1) - 1;
      waiting.set(socket, left);
      if (left === mostWaiting - 1) socket.resume();
      done();
    });
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
