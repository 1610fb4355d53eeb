/**
 * What the log says of a request. What comes from the caller is cut: an URL or a host may have 16 KB, and every request is logged.
 */
import type { FastifyRequest } from 'fastify';
import { cut } from '../platform/input/shown.ts';

/** Characters of an URL in the log; a host has at most 253. */
const longest = 300;

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
