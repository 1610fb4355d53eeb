/**
 * What happens to all jobs, as server-sent events: one stream for a whole list of jobs, however long.
 */
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { FeedItem, WatchedEvent } from '../../jobs/event-feed.ts';
import { onceEach } from '../../platform/once-each.ts';
import type { AppDeps } from '../deps.ts';
import { problemResponses } from '../document/responses.ts';
import type { EventStreams, SentEvent } from '../stream.ts';

export const eventFeedRoutes: FastifyPluginAsyncZod<AppDeps & { streams: EventStreams }> = async (app, deps) => {
  const { feed, streams } = deps;

  app.get('/v1/events', {
    schema: {
      operationId: 'watchJobs',
      summary: 'Watch all jobs at once',
      description:
        'Server-sent events, without ids, of what happens to any job from now on: `status`, `progress`, `checkpoint` and `evaluation`, as a stream of that job has them, with its id in `job` and the id of the event in `event`; `doctor` and `report` without their findings; `removed`. `reread` comes first, and again whenever events may have been missed: read the lists then.',
      tags: ['jobs'],
      response: {
        200: { description: 'The events.', content: { 'text/event-stream': { schema: z.string() } } },
        ...problemResponses(),
      },
    },
    handler: async (request, reply) => {
      if (request.method === 'HEAD') return reply.type('text/event-stream').send('');
      await streams
        .send(reply, (signal) => sentItems(signal))
        .catch((err) => request.log.error({ err }, 'event stream failed'));
      return reply;
    },
  });

  async function* sentItems(signal: AbortSignal): AsyncGenerator<SentEvent> {
    for await (const item of feed.watch(signal)) yield toSent(item);
  }
};

/** All watchers get the same item: it is put into words once. */
const toSent = onceEach((item: FeedItem): SentEvent => {
  const { type, data } = watchedEvent(item);
  return { name: type, data };
});

function watchedEvent(item: FeedItem): WatchedEvent {
  if (item.type === 'reread') return { type: 'reread', data: {} };
  if (item.type === 'removed') return { type: 'removed', data: { job: item.job } };
  const { id, type, at, data } = item.event;
  const said = type === 'doctor' || type === 'report' ? {} : data;
  return { type, data: { job: item.job, event: id, ...said, at } } as WatchedEvent;
}
