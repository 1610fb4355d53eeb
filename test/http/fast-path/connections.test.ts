/**
 * Connections between the fast path and Node's server: what it takes is answered by it, and whatever it does not take
 * reaches Node's server whole and in its order.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { FastPath } from '../../../src/http/fast-path/fast-path.ts';
import { JsonBytes } from '../../../src/serving/json-bytes.ts';
import { connectRaw, type RawClient } from '../../support/raw-socket.ts';

interface Served {
  url: string;
  server: Server;
  fastPath: FastPath<unknown>;
  /** What the fast path answered, in their order. */
  recorded: string[];
  /** Requests that were answered together. */
  together: number[];
  /** Lets the requests go on that wait, each `later`: with `fails`, to Node. */
  release(outcome?: 'fails'): void;
  /** How many wait. */
  waiting(): number;
}

/** A body is answered by itself in a list: by the fast path ["fast", …], unless it is a string, and by Node's server ["node", …]. */
async function serve({ keepAliveMs = 60_000 } = {}): Promise<Served> {
  const recorded: string[] = [];
  const together: number[] = [];
  const answerOf = async (request: IncomingMessage) => JSON.stringify(['node', request.url, await text(request)]);
  const server = createServer(async (request, response) => {
    if (request.url === '/held') return;
    const answer = Buffer.from(await answerOf(request).catch(() => ''));
    response.setHeader('content-length', answer.length).end(answer);
  });
  server.keepAliveTimeout = keepAliveMs;
  let ids = 0;
  const waiting: ((outcome?: 'fails') => void)[] = [];
  const release = (outcome?: 'fails') => {
    for (const one of waiting.splice(0)) one(outcome);
  };
  const later = (body: unknown) =>
    new Promise<unknown>((resolve, reject) => {
      waiting.push((outcome) => (outcome === 'fails' ? reject(new Error('fails')) : resolve(body)));
    });
  const fastPath = new FastPath<unknown>(server, {
    prepare: (body) => {
      if (body === 'wrong') throw new Error('wrong');
      if ((body as { later?: boolean })?.later) return later(body);
      return typeof body === 'string' ? undefined : body;
    },
    answer: (prepared, room, write) => {
      together.push(prepared.length);
      for (const [index, body] of prepared.entries()) {
        const isLate = (body as { overflows?: boolean }).overflows === true;
        write(index, isLate ? undefined : new JsonBytes(room).text(JSON.stringify(['fast', body])));
      }
    },
    isOwnHost: (host) => host === 'localhost',
    nextId: () => `id-${++ids}`,
    recorder: () => (id) => void recorded.push(id),
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
    return fastPath.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, server, fastPath, recorded, together, release, waiting: () => waiting.length };
}

function request(body: unknown, { path = '/predict', extra = '' } = {}): string {
  const json = JSON.stringify(body);
  const type = 'Content-Type: application/json';
  return `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${type}\r\n${extra}Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
}

/** The first answers on a connection, as soon as there are so many. */
async function bodies({ socket }: RawClient, count: number): Promise<unknown[]> {
  const found = () => (read.get(socket) ?? []) as unknown[];
  while (found().length < count) {
    if (socket.destroyed) throw new Error(`The connection ended after ${found().length} answers.`);
    const raced = new AbortController();
    const { signal } = raced;
    await Promise.race([once(socket, 'data', { signal }), once(socket, 'close', { signal })]);
    raced.abort();
  }
  return found().slice(0, count);
}

/** What was answered on each connection: their bodies. */
const read = new WeakMap<Socket, unknown[]>();

async function connectTo(url: string): Promise<RawClient> {
  const client = await connectRaw(url);
  const answers: unknown[] = [];
  read.set(client.socket, answers);
  let unread = Buffer.alloc(0);
  client.socket.on('data', (data: string) => {
    unread = Buffer.concat([unread, Buffer.from(data)]);
    for (let end = unread.indexOf('\r\n\r\n') + 4; end > 3; end = unread.indexOf('\r\n\r\n') + 4) {
      const head = unread.toString('latin1', 0, end);
      const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
      if (!head.startsWith('HTTP/1.1 200')) return;
      if (unread.length < end + length) return;
      answers.push(JSON.parse(unread.toString('utf8', end, end + length)));
      unread = unread.subarray(end + length);
    }
  });
  return client;
}

test('requests one after the other are answered with a head that is whole', async () => {
  const { url, recorded } = await serve();
  const client = await connectTo(url);
  client.socket.write(request({ a: 1 }));
  expect(await bodies(client, 1)).toEqual([['fast', { a: 1 }]]);
  client.socket.write(request({ b: 'ü' }));
  expect(await bodies(client, 2)).toEqual([
    ['fast', { a: 1 }],
    ['fast', { b: 'ü' }],
  ]);
  expect(recorded).toEqual(['id-1', 'id-2']);
  const received = await client.received(/ü/);
  const heads = [...received.matchAll(/HTTP\/1\.1 200 OK\r\n[\s\S]*?\r\n\r\n/g)].map(([head]) => head);
  expect(heads[1]).toBe(
    `HTTP/1.1 200 OK\r\nx-request-id: id-2\r\nx-content-type-options: nosniff\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ${Buffer.byteLength('["fast",{"b":"ü"}]')}\r\nDate: ${/Date: (.*)\r/.exec(heads[1])?.[1]}\r\nConnection: keep-alive\r\nKeep-Alive: timeout=60\r\n\r\n`,
  );
  const age = Date.now() - Date.parse(/Date: (.*)\r/.exec(heads[1])![1]);
  expect(age).toBeLessThan(60_000);
});

test.each([
  ['another path', request({ a: 1 }, { path: '/other' }), ['node', '/other', '{"a":1}']],
  ['a header that is not known', request({ a: 1 }, { extra: 'X-Other: 1\r\n' }), ['node', '/predict', '{"a":1}']],
  ['what cannot be prepared', request('no'), ['node', '/predict', '"no"']],
  ['what is wrong', request('wrong'), ['node', '/predict', '"wrong"']],
  ['what fails when it is answered', request({ overflows: true }), ['node', '/predict', '{"overflows":true}']],
  ['a host of others', request({ a: 1 }).replace('localhost', 'elsewhere'), ['node', '/predict', '{"a":1}']],
  ['no JSON', request({ a: 1 }).replace('{"a":1}', '{"a":1!'), ['node', '/predict', '{"a":1!']],
])('%s goes to Node, and so does what comes after it', async (_, sent, expected) => {
  const { url, recorded } = await serve();
  const client = await connectTo(url);
  client.socket.write(request({ first: 1 }));
  await bodies(client, 1);
  client.socket.write(sent);
  await bodies(client, 2);
  client.socket.write(request({ last: 1 }));
  expect(await bodies(client, 3)).toEqual([['fast', { first: 1 }], expected, ['node', '/predict', '{"last":1}']]);
  expect(recorded).toEqual(['id-1']);
});

test('a request in pieces is answered, wherever it was cut', async () => {
  const { url, server } = await serve();
  const whole = Buffer.from(request({ text: 'ü' }));
  for (let cut = 1; cut < whole.length; cut += 7) {
    const accepted = once(server, 'connection') as Promise<[Socket]>;
    const client = await connectTo(url);
    const [atServer] = await accepted;
    client.socket.setNoDelay(true);
    client.socket.write(whole.subarray(0, cut));
    await vi.waitFor(() => expect(atServer.bytesRead).toBe(cut), { interval: 1 });
    client.socket.write(whole.subarray(cut));
    const [answer] = await bodies(client, 1);
    const isAfterHead = cut >= whole.indexOf('\r\n\r\n') + 4;
    expect(answer, `cut at ${cut}`).toEqual(
      isAfterHead ? ['fast', { text: 'ü' }] : ['node', '/predict', '{"text":"ü"}'],
    );
    client.socket.destroy();
  }
});

test('a body that comes in three pieces, or late, is left to Node', async () => {
  const { url } = await serve();
  const whole = request({ a: 'long enough' });
  for (const waits of [[5, 5], [1_200]]) {
    const client = await connectTo(url);
    client.socket.setNoDelay(true);
    let at = whole.length - 2 * waits.length;
    client.socket.write(whole.slice(0, at));
    for (const wait of waits) {
      await setTimeout(wait);
      client.socket.write(whole.slice(at, at + 2));
      at += 2;
    }
    expect(await bodies(client, 1)).toEqual([['node', '/predict', '{"a":"long enough"}']]);
  }
});

test('requests that do not wait for answers are answered in their order', async () => {
  const { url } = await serve();
  for (const isSplit of [false, true]) {
    const client = await connectTo(url);
    const sent = [1, 2, 'no', 3].map((n) => request(typeof n === 'string' ? n : { n }));
    if (isSplit) for (const one of sent) client.socket.write(one);
    else client.socket.write(sent.join(''));
    const answers = (await bodies(client, 4)).map((answer) => JSON.stringify(answer));
    expect(answers.map((answer) => /\d|no(?!de)/.exec(answer)?.[0])).toEqual(['1', '2', 'no', '3']);
  }
});

test('requests of several clients are answered together, each on its own connection', async () => {
  const { url, together } = await serve();
  const clients = await Promise.all(Array.from({ length: 40 }, () => connectTo(url)));
  for (let round = 0; round < 5; round++) {
    for (const [n, { socket }] of clients.entries()) socket.write(request({ n, round }));
    for (const [n, client] of clients.entries()) {
      expect((await bodies(client, round + 1))[round]).toEqual(['fast', { n, round }]);
    }
  }
  expect(together.reduce((sum, count) => sum + count)).toBe(200);
  expect(Math.max(...together)).toBeGreaterThan(1);
});

test('a client that does not read its answers is left to Node, which bounds what waits for it', async () => {
  const { url, recorded } = await serve();
  const client = await connectTo(url);
  client.socket.pause();
  const long = { text: 'x'.repeat(60_000) };
  for (let n = 0; n < 200; n++) {
    client.socket.write(request(long));
    await setTimeout(2);
  }
  expect(recorded.length).toBeLessThan(200);
  client.socket.resume();
  await bodies(client, 200);
}, 30_000);

test('answers that the system could not take at once are whole', async () => {
  const { url } = await serve();
  const clients = await Promise.all(Array.from({ length: 8 }, () => connectTo(url)));
  for (const { socket } of clients) socket.pause();
  const textOf = (n: number) => String(n).repeat(55_000);
  for (let round = 0; round < 60; round++) {
    for (const [n, { socket }] of clients.entries()) socket.write(request({ text: textOf(n) }));
    await setTimeout(2);
  }
  for (const [n, client] of clients.entries()) {
    client.socket.resume();
    for (const answer of (await bodies(client, 60)) as unknown[][]) {
      const given = typeof answer[1] === 'string' ? JSON.parse(answer[2] as string) : answer[1];
      expect(given.text === textOf(n)).toBe(true);
    }
  }
}, 60_000);

test('an idle connection is ended after its time, or when the service closes; what has begun is answered', async () => {
  const { url } = await serve({ keepAliveMs: 300 });
  const idle = await connectTo(url);
  idle.socket.write(request({ a: 1 }));
  await bodies(idle, 1);
  await once(idle.socket, 'close');
  const { url: other, fastPath } = await serve();
  const [waiting, begun] = [await connectTo(other), await connectTo(other)];
  waiting.socket.write(request({ a: 1 }));
  await bodies(waiting, 1);
  const whole = request({ b: 1 });
  begun.socket.write(whole.slice(0, -3));
  await setTimeout(50);
  const ended = once(waiting.socket, 'close');
  const closed = fastPath.close();
  await ended;
  begun.socket.write(whole.slice(-3));
  expect(await bodies(begun, 1)).toEqual([['fast', { b: 1 }]]);
  expect(await begun.received(/b/)).toMatch(/Connection: close\r\n/);
  await closed;
});

test('a body that nobody reads stops its sender, at Node as without the fast path', async () => {
  const { url, server } = await serve();
  const client = await connectTo(url);
  const length = 50e6;
  const reached = once(server, 'request');
  client.socket.write(`POST /held HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`);
  client.socket.write(Buffer.alloc(length));
  const [held] = (await reached) as [IncomingMessage];
  await setTimeout(500);
  expect(held.readableLength).toBeLessThan(10e6);
  expect(held.socket.bytesRead).toBeLessThan(10e6);
});

test('a client that sends no more is answered, or told that its request broke off', async () => {
  const { url } = await serve();
  for (const [sent, answer] of [
    [request({ a: 1 }), /\["fast"/],
    [request({ a: 1 }).slice(0, -2), /400 Bad Request/],
  ] as const) {
    const client = await connectRaw(url);
    client.socket.end(sent);
    await client.received(answer);
  }
});

test('to Node a client that sends no more has gone, also where its request comes by the fast path', async () => {
  const { url, server, release, waiting } = await serve();
  const atNode = once(server, 'request');
  const client = await connectRaw(url);
  client.socket.end(request({ later: true }));
  await vi.waitFor(() => expect(waiting()).toBe(1));
  release('fails');
  await once(client.socket, 'close');
  const [handed] = (await atNode) as [IncomingMessage];
  expect(handed.destroyed).toBe(true);
});

test('requests that wait for what they need are answered together when it is there', async () => {
  const { url, together, release, waiting } = await serve();
  const clients = await Promise.all([1, 2, 3].map(() => connectTo(url)));
  for (const [n, { socket }] of clients.entries()) socket.write(request({ later: true, n }));
  await vi.waitFor(() => expect(waiting()).toBe(3));
  const other = await connectTo(url);
  other.socket.write(request({ a: 1 }));
  expect(await bodies(other, 1)).toEqual([['fast', { a: 1 }]]);
  release();
  for (const [n, client] of clients.entries()) {
    expect(await bodies(client, 1)).toEqual([['fast', { later: true, n }]]);
  }
  expect(together).toEqual([1, 3]);
});

test('where what a request waits for is not there, it goes to Node', async () => {
  const { url, release, waiting, recorded } = await serve();
  const client = await connectTo(url);
  client.socket.write(request({ later: true }));
  await vi.waitFor(() => expect(waiting()).toBe(1));
  release('fails');
  expect(await bodies(client, 1)).toEqual([['node', '/predict', '{"later":true}']]);
  client.socket.write(request({ a: 1 }));
  expect((await bodies(client, 2))[1]).toEqual(['node', '/predict', '{"a":1}']);
  expect(recorded).toEqual([]);
});

test('a client that sends more while its request waits is left to Node, which bounds it', async () => {
  const { url, release, waiting } = await serve();
  const client = await connectTo(url);
  client.socket.setNoDelay(true).write(request({ later: true }));
  await vi.waitFor(() => expect(waiting()).toBe(1));
  client.socket.write(request({ a: 1 }));
  expect(await bodies(client, 2)).toEqual([
    ['node', '/predict', '{"later":true}'],
    ['node', '/predict', '{"a":1}'],
  ]);
  release();
  client.socket.write(request({ b: 1 }));
  expect((await bodies(client, 3))[2]).toEqual(['node', '/predict', '{"b":1}']);
});

test('a request that waits is answered when its client sends no more, and when the service closes', async () => {
  const { url, fastPath, release, waiting, recorded } = await serve();
  const [half, open, gone] = await Promise.all([connectTo(url), connectTo(url), connectTo(url)]);
  half.socket.end(request({ later: true, half: 1 }));
  open.socket.write(request({ later: true, open: 1 }));
  gone.socket.write(request({ later: true, gone: 1 }));
  await vi.waitFor(() => expect(waiting()).toBe(3));
  gone.socket.resetAndDestroy();
  // A whole exchange on another connection: what came before it was read.
  const other = await connectTo(url);
  other.socket.write(request({ a: 1 }));
  await bodies(other, 1);
  let isClosed = false;
  const closed = fastPath.close().then(() => (isClosed = true));
  // Longer than a body may take to come.
  await setTimeout(1_200);
  expect(isClosed).toBe(false);
  release();
  expect(await bodies(half, 1)).toEqual([['fast', { later: true, half: 1 }]]);
  expect(await bodies(open, 1)).toEqual([['fast', { later: true, open: 1 }]]);
  expect(await open.received(/open/)).toMatch(/Connection: close\r\n/);
  await closed;
  expect(recorded).toHaveLength(3);
});

test('a head that is longer than a request may have goes to Node, which refuses it', async () => {
  const { url } = await serve();
  const client = await connectRaw(url);
  client.socket.write(request({ a: 1 }, { extra: `User-Agent: ${'a'.repeat(20_000)}\r\n` }));
  await client.received(/431 Request Header Fields Too Large/);
});

test('clients that go away in the middle harm nobody', async () => {
  const { url } = await serve();
  for (let n = 0; n < 50; n++) {
    const client = await connectTo(url);
    client.socket.write(n % 2 ? request({ n }) : request({ n }).slice(0, -2));
    if (n % 3) client.socket.resetAndDestroy();
    else client.socket.end();
  }
  const client = await connectTo(url);
  client.socket.write(request({ a: 1 }));
  expect(await bodies(client, 1)).toEqual([['fast', { a: 1 }]]);
});
