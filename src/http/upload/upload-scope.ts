/**
 * Makes a scope one for uploads, where a body is not parsed but handed to the handler as it comes: a stream.
 */
import type { FastifyInstance } from 'fastify';
import { InvalidInputError } from '../../platform/errors.ts';
import { UploadConnections } from './upload-connections.ts';

/** To be called before the routes of the scope are added. */
export function takeStreams(app: FastifyInstance): void {
  app.addContentTypeParser('*', (_request, body, done) => done(null, body));
  const connections = new UploadConnections();
  app.addHook('onRequest', async ({ raw }) => connections.add(raw));
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
