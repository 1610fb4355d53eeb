/**
 * The writer of event streams by itself: what it lets onto the wire, and how much it holds for a client that does not read.
 */
import { once } from 'node:events';
import { type AddressInfo, connect } from 'node:net';
import fastify from 'fastify';
import { expect, onTestFinished, test } from 'vitest';
import { EventStreams, formatEvent, type SentEvent } from '../../src/http/stream.ts';

test('an event is its id, its name and its data as one line of JSON', () => {
  const text = formatEvent({ id: 7, name: 'progress', data: { loss: 0.5, note: 'a\nb\r\n\nid: 9' } });
  expect(text).toBe('id: 7\nevent: progress\ndata: {"loss":0.5,"note":"a\\nb\\r\\n\\nid: 9"}\n\n');
});

test.each(['status\ndata: x', 'status\r', '', 'Status', ' status', 'sta:tus'])('%j is no name of an event', (name) => {
  expect(() => formatEvent({ id: 1, name, data: {} })).toThrow(TypeError);
});

test.each([-1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])('%d is no id of an event', (id) => {
  expect(() => formatEvent({ id, name: 'status', data: {} })).toThrow(TypeError);
});

test('events are taken only as fast as the client reads them', async () => {
  const streams = new EventStreams(20);
  let taken = 0;
  async function* endless(): AsyncGenerator<SentEvent> {
    for (; taken < 1000; taken++) yield { id: taken, name: 'status', data: 'x'.repeat(1_000_000) };
  }
  const app = fastify();
  app.get('/', (_request, reply) => streams.send(reply, endless));
  onTestFinished(() => app.close());
  await app.listen({ host: '127.0.0.1', port: 0 });
  const socket = connect((app.server.address() as AddressInfo).port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  socket.pause();
  socket.write('GET / HTTP/1.1\r\nhost: test\r\n\r\n');
  const [served] = await once(app.server, 'connection');
  await once(served, 'close');
  expect(taken).toBeLessThan(50);
});
