/**
 * Makes a scope one for uploads, where a body is not parsed but handed to the handler as it comes: a stream.
 */
import type { FastifyInstance } from 'fastify';
import { InvalidInputError } from '../../platform/errors.ts';
import { limits } from '../../platform/limits.ts';
import { UploadConnections } from './upload-connections.ts';
import { keepPace } from './upload-pace.ts';

/**
 * To be called before the routes of the scope are added.
 * @param windowMs in which an upload has to bring some bytes (`keepPace`).
 */
export function takeStreams(app: FastifyInstance, windowMs = 1000 * limits.uploadWindowSeconds): void {
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
  const connections = new UploadConnections();
  app.addHook('onRequest', async ({ raw, routeOptions }) => {
    connections.add(raw);
    if (routeOptions.config?.takesLong) keepPace(raw, windowMs);
  });
  app.addHook('onResponse', async ({ raw }) => connections.readOut(raw));
  app.addHook('preClose', async () => connections.close());
}

/** What an upload that failed is answered with. Where its sender has gone, nobody reads it but the log. */
export function uploadFailure(
  error: unknown,
  { destroyed, complete }: { destroyed: boolean; complete: boolean },
): unknown {
  if (!destroyed || complete) return error;
  return new InvalidInputError('The upload broke off.', [], { code: 'upload_broken_off', cause: error });
}
