/**
 * What the log says of a request: one line when it is answered. Probes and metrics come every few seconds, predictions
 * by the thousand, and are of interest to nobody who watches while they succeed: theirs have the level `debug`. What
 * comes from the caller is cut: an URL or a host may have 16 KB.
 */
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify';
import { cut } from '../platform/input/shown.ts';
import type { Logger } from '../platform/logger.ts';

/** Characters of an URL in the log, and in the sentence of its line; a host has at most 253. */
const longest = 300;
const longestInSentence = 100;

const frequent =
  /^\/(health\/|metrics|predict$|v1\/sessions\/[^/]+\/steps|v1\/models\/.*:predict|v2\/models\/.*\/infer)/;

/** As pino wants it. */
export const requestSerializers = {
  req: ({ method, url, host, ip, socket }: LoggedRequest) => ({
    method,
    url: cut(url, longest),
    host: cut(host ?? '', longest),
    remoteAddress: ip,
    remotePort: socket?.remotePort,
  }),
};

export function logRequests(app: FastifyInstance): void {
  app.addHook('onResponse', (req, { statusCode, elapsedTime }, done) => {
    logAnswer(req.log, { req, statusCode, elapsedMs: elapsedTime });
    done();
  });
}

/** What the serializers take of a request. */
export type LoggedRequest = Pick<FastifyRequest, 'method' | 'url' | 'host' | 'ip' | 'socket'>;

/** @param answer `reqId`: where the log does not have it by itself. */
export function logAnswer(
  log: FastifyBaseLogger & Partial<Pick<Logger, 'isLevelEnabled'>>,
  answer: { req: LoggedRequest; statusCode: number; elapsedMs: number; reqId?: string },
): void {
  const { elapsedMs, ...fields } = answer;
  const { req, statusCode } = fields;
  const level = statusCode < 400 && frequent.test(req.url) ? 'debug' : 'info';
  // Most of a line is made before it is dropped.
  if (log.isLevelEnabled?.(level) === false) return;
  const ms = Math.round(elapsedMs * 10) / 10;
  const sentence = `${req.method} ${cut(req.url, longestInSentence)} ${statusCode}, ${ms} ms`;
  log[level]({ ...fields, ms }, sentence);
}
