/**
 * Bodies as bytes, whatever the request says of their type or leaves unsaid: for protocols whose clients send JSON
 * without a Content-Type, or with one that they have from elsewhere.
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { RawJson } from '../../platform/input/json.ts';

/** For all routes of a plugin. They validate nothing: what reads the bytes does. */
export function acceptAnyBody(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer<ArrayBuffer>>('*', { parseAs: 'buffer' }, (_request, body, done) => {
    done(null, new RawJson(body));
  });
}

/** Answers of all routes of a plugin say `application/json` and nothing behind it, which some clients compare. */
export function answerPlainJson(app: FastifyInstance): void {
  app.addHook('onSend', async (_request, reply: FastifyReply) => {
    if (String(reply.getHeader('content-type')).startsWith('application/json')) {
      reply.header('content-type', 'application/json');
    }
  });
}
