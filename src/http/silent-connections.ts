/**
 * Ends connections when the app closes on which no request has come, and those that were answered since: browsers and
 * proxies open some ahead and keep others, and Node waits for each for a minute.
 */
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';

const betweenLooksMs = 20;

export function endSilentConnections(app: FastifyInstance): void {
  const silent = new Set<Socket>();
  app.server.on('connection', (socket: Socket) => {
    silent.add(socket);
    socket.once('close', () => silent.delete(socket));
  });
  app.server.on('request', ({ socket }) => silent.delete(socket));
  app.addHook('preClose', async () => {
    for (const socket of silent) socket.destroy();
    // Node closes those that are idle now, once; requests that are under way leave others behind.
    const timer = setInterval(() => app.server.closeIdleConnections(), betweenLooksMs);
    app.server.once('close', () => clearInterval(timer));
  });
}
