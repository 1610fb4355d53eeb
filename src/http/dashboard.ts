/**
 * Serves the page for people at `/`: files that the build has made from `src/dashboard`, compressed already. Whatever
 * the page runs, shows or asks for comes from this service: its Content-Security-Policy allows nothing else.
 */
import path from 'node:path';
import serveStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { pageHeaders } from './page-headers.ts';

const headers = pageHeaders();

/** The names of these files hold a hash of what is in them. */
const hashedFolder = 'assets';

/** @param folder with `index.html`, and all else in `assets`. */
export async function serveDashboard(app: FastifyInstance, folder: string): Promise<void> {
  await app.register(serveStatic, {
    root: folder,
    // A route for each file: all other paths stay with `unrouted.ts`.
    wildcard: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders(reply, file) {
      const isHashed = path.relative(folder, file).startsWith(`${hashedFolder}${path.sep}`);
      reply.header('cache-control', isHashed ? 'public, max-age=31536000, immutable' : 'no-cache');
      reply.headers(headers);
    },
  });
}
