/**
 * JSON bodies: what is small is parsed at once, what is large beside the event loop.
 */
import type { FastifyInstance } from 'fastify';
import { parseJson } from '../../platform/input/json.ts';
import { limits } from '../../platform/limits.ts';
import { inflateBodies } from './content-encoding.ts';
import type { LargeBodies } from './large-bodies.ts';

/** A request without a body is one whether or not it says that it is JSON; a body of any other kind is refused. */
export function acceptJsonOnly(app: FastifyInstance, bodies: LargeBodies): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer<ArrayBuffer>>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    if (body.length === 0) return done(null, undefined);
    if (body.length > limits.smallBody) return bodies.read(body, request.routeOptions.config.takesLarge);
    return done(null, parseJson(body));
  });
  inflateBodies(app);
}
