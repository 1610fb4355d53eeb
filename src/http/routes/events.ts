/**
 * What happens to a job: as server-sent events while it happens, or in pages.
 */
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import Negotiator from 'negotiator';
import { z } from 'zod';
import { JobEvent } from '../../jobs/event.ts';
import { terminalStatuses } from '../../jobs/status.ts';
import { NotFoundError, UnavailableError } from '../../platform/errors.ts';
import { onceEach } from '../../platform/once-each.ts';
import type { AppDeps } from '../deps.ts';
import { problemResponses } from '../document/responses.ts';
import { notAcceptable } from '../errors.ts';
import { JobParams, page, pageLimit, queryInteger } from '../schemas.ts';
import type { EventStreams, SentEvent } from '../stream.ts';

/** What events are sent as: a stream, or a page. */
const eventTypes = ['text/event-stream', 'application/json'];

const eventId = z.int().min(0).max(Number.MAX_SAFE_INTEGER);

const EventsQuery = z.strictObject({
  after: queryInteger(eventId.optional()).describe('Id of the last event that the caller has; 0 (the default): none.'),
  limit: queryInteger(pageLimit.default(100)).describe('Of a page; a stream has no limit.'),
});

/** An EventSource sends the header empty when it has seen no id yet. */
const EventsHeaders = z.looseObject({
  'last-event-id': z.preprocess((value) => (value === '' ? undefined : value), queryInteger(eventId.optional())),
});

export const eventRoutes: FastifyPluginAsyncZod<AppDeps & { streams: EventStreams }> = async (app, deps) => {
  const { store, events, streams } = deps;

  app.get('/v1/jobs/:id/events', {
    schema: {
      operationId: 'followEvents',
      summary: 'Follow the events of a job, from any point on',
      description:
        'Server-sent events: first what has happened, then what happens. The stream ends after the terminal status. With `Accept: application/json` a page of the log.',
      tags: ['jobs'],
      params: JobParams,
      querystring: EventsQuery,
      headers: EventsHeaders,
      response: {
        200: {
          description: 'The events.',
          content: {
            'text/event-stream': { schema: z.string() },
            'application/json': { schema: page(JobEvent) },
          },
        },
        204: z.undefined().describe('The job is over and the caller has all of its events.'),
        ...problemResponses(400, 404, 406, 503),
      },
    },
    handler: async (request, reply) => {
      const { id } = request.params;
      // A reconnecting EventSource repeats the URL that it was opened with, so its header knows better.
      const after = request.headers['last-event-id'] ?? request.query.after ?? 0;
      reply.header('vary', 'Accept');
      if (wantsPage(request)) return eventPage(id, after, request.query.limit);
      const start = await whereToStart(id, after);
      if (start === 'over') return reply.code(204).send(undefined);
      if (request.method === 'HEAD') return reply.type('text/event-stream').send('');
      await streams
        .send(reply, (signal) => follow(id, start, signal))
        .catch((err) => request.log.error({ err }, 'event stream failed'));
      return reply;
    },
  });

  async function eventPage(id: string, after: number, limit: number) {
    const found = await store.events(id, after, limit + 1);
    const data = found.slice(0, limit);
    return { data, nextCursor: found.length > limit ? String(data[limit - 1].id) : null };
  }

  /**
   * The id to continue from, or 'over' when nothing can come any more. A caller who is ahead of the log, as after a
   * Redis that lost its last second, continues at its end. While Redis is away the stream starts and waits: any status
   * but 200 would keep an EventSource from ever coming back.
   */
  async function whereToStart(id: string, after: number): Promise<number | 'over'> {
    try {
      const { job, lastEventId } = await store.readWithLastEventId(id);
      if (terminalStatuses.has(job.status) && after >= lastEventId) return 'over';
      return Math.min(after, lastEventId);
    } catch (error) {
      if (error instanceof UnavailableError) return after;
      throw error;
    }
  }

  async function* follow(id: string, after: number, signal: AbortSignal): AsyncGenerator<SentEvent> {
    try {
      for await (const event of events.follow(id, after, signal)) yield toSent(event);
    } catch (error) {
      // The job was removed: the stream ends, and the client's next request gets its 404.
      if (!(error instanceof NotFoundError)) throw error;
    }
  }
};

/** All followers of a job get the same event: it is put into words once. */
const toSent = onceEach(
  ({ id, type, at, data }: JobEvent): SentEvent => ({ id, name: type, data: { ...(data as object), at } }),
);

/** @throws InvalidInputError `not_acceptable` where the caller takes neither of the two. */
function wantsPage({ raw }: FastifyRequest): boolean {
  const type = new Negotiator(raw).mediaType(eventTypes);
  if (type === undefined) throw notAcceptable(raw.headers.accept, eventTypes);
  return type === eventTypes[1];
}
