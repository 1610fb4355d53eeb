/**
 * Ends connections on which no request has come when the app closes: browsers and proxies open some ahead, and Node
 * waits for each for a minute.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

export function endSilentConnections(app: FastifyInstance): void {
  const silent = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', ({ socket }) => silent.delete(socket));
  app.addHook('preClose', async () => {
    for (const socket of silent) socket.destroy();
  });
}
