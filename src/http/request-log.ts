/**
 * What the log says of a request: one line when it is answered. Probes and metrics come every few seconds and are of
 * interest to nobody who watches: theirs have the level `debug`. What comes from the caller is cut: an URL or a host
 * may have 16 KB.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { cut } from '../platform/input/shown.ts';

/** Characters of an URL in the log, and in the sentence of its line; a host has at most 253. */
const longest = 300;
const longestInSentence = 100;

const probes = /^\/(health\/|metrics)/;

/** As pino wants it. */
export const requestSerializers = {
  req: ({ method, url, host, ip, socket }: FastifyRequest) => ({
    method,
    url: cut(url, longest),
    host: cut(host ?? '', longest),
    remoteAddress: ip,
    remotePort: socket?.remotePort,
  }),
};

export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', (req, { statusCode, elapsedTime }, done) => {
    const ms = Math.round(elapsedTime * 10) / 10;
    const sentence = `${req.method} ${cut(req.url, longestInSentence)} ${statusCode}, ${ms} ms`;
    req.log[probes.test(req.url) ? 'debug' : 'info']({ req, statusCode, ms }, sentence);
    done();
  });
}
