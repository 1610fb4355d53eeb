/**
 * Requests that come at a rate of their own, whether or not answers do: independent clients, exponential gaps. The time
 * of a request counts from when it was due, so that one that had to wait for a connection has waited (no coordinated
 * omission). It keeps a core busy, in order to be on time, and speaks HTTP itself, because Node's client would take
 * longer over a request than the server.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { Random } from '../../src/model/random.ts';

interface SteadyLoad {
  /** Where the requests go to; each has the body. */
  url: string;
  body: string;
  requestsPerSecond: number;
  seconds: number;
  /** More requests than these wait for one to be answered. */
  connections: number;
}

export interface Latency {
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  longestMs: number;
}

const endOfHead = '\r\n\r\n';

/** @throws Error where an answer is none of status 200. */
export async function sendSteadily({ url, body, ...load }: SteadyLoad): Promise<Latency> {
  const request = requestOf(new URL(url), body);
  const free = await Promise.all(Array.from({ length: load.connections }, () => opened(new URL(url))));
  const waiting: number[] = [];
  const took: number[] = [];
  const refused = new Set<number>();
  const random = Random.seeded(1, 'data');
  const gapMs = () => (-1000 / load.requestsPerSecond) * Math.log(1 - random.uniform());
  const serve = (socket: Socket, due: number) => {
    socket.write(request);
    void answered(socket).then((status) => {
      took.push(performance.now() - due);
      if (status !== 200) refused.add(status);
      const next = waiting.shift();
      if (next === undefined) free.push(socket);
      else serve(socket, next);
    });
  };
  const start = performance.now();
  for (let due = start; due < start + 1000 * load.seconds; due += gapMs()) {
    while (performance.now() < due) await setImmediate();
    const socket = free.pop();
    if (socket) serve(socket, due);
    else waiting.push(due);
  }
  while (free.length < load.connections) await setImmediate();
  for (const socket of free) socket.destroy();
  if (refused.size > 0) throw new Error(`${url} answered ${[...refused].join(', ')}.`);
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(share * took.length))];
  return { requestsPerSecond: took.length / load.seconds, p50Ms: at(0.5), p99Ms: at(0.99), longestMs: at(1) };
}

function requestOf({ host, pathname }: URL, body: string): string {
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `host: ${host}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return head.join('\r\n') + endOfHead + body;
}

async function opened({ hostname, port }: URL): Promise<Socket> {
  const socket = connect({ host: hostname, port: Number(port), noDelay: true }).setEncoding('latin1');
  await once(socket, 'connect');
  return socket;
}

/** The status of an answer, when all of it is there. */
function answered(socket: Socket): Promise<number> {
  return new Promise((resolve) => {
    let received = '';
    const take = (text: string) => {
      received += text;
      const head = received.indexOf(endOfHead);
      if (head < 0) return;
      const length = Number(/content-length: (\d+)/i.exec(received)?.[1]);
      if (received.length < head + endOfHead.length + length) return;
      socket.off('data', take);
      resolve(Number(received.split(' ', 2)[1]));
    };
    socket.on('data', take);
  });
}
