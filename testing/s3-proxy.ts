/**
 * Stands before an S3 server and does to its requests what networks and busy services do: drops them before or after
 * they are carried out, delays, truncates, answers 500 and 503 SlowDown, or says nothing at all for a while.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export const s3Faults = ['drop', 'loseAnswer', 'delay', 'truncate', 'internalError', 'slowDown'] as const;
export type S3Fault = (typeof s3Faults)[number];

/** What all requests meet: the server, a closed connection, or an answer that says no. */
type Weather = 'fair' | 'away' | { status: number; code: string };

const delayMs = 400;

export class S3Proxy {
  readonly url: string;
  /** Chooses what happens to a request; undefined: nothing. */
  choose: (request: IncomingMessage) => S3Fault | undefined = () => undefined;
  weather: Weather = 'fair';
  /** Writes reach the server without their conditions, as on one that does not know them. */
  dropsConditions = false;
  /** How often each fault struck. */
  readonly counts: Record<S3Fault, number> = Object.fromEntries(s3Faults.map((name) => [name, 0])) as never;
  /** Requests that came, by method and path. */
  readonly requests: string[] = [];
  readonly #server: Server;

  private constructor(url: string, server: Server) {
    this.url = url;
    this.#server = server;
  }

  static async start(target: string): Promise<S3Proxy> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const proxy = new S3Proxy(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, server);
    server.on('request', (incoming: IncomingMessage, answer: ServerResponse) => {
      void proxy.#pass(incoming, answer, target).catch(() => answer.destroy());
    });
    return proxy;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    this.#server.closeAllConnections();
    await closed;
  }

  async #pass(incoming: IncomingMessage, answer: ServerResponse, target: string): Promise<void> {
    this.requests.push(`${incoming.method} ${incoming.url}`);
    const { weather } = this;
    if (weather === 'away') return void incoming.socket.destroy();
    if (weather !== 'fair') return refuse(incoming, answer, weather.status, weather.code);
    const fault = this.choose(incoming);
    if (fault) this.counts[fault] += 1;
    if (fault === 'drop') return void incoming.socket.destroy();
    if (fault === 'internalError') return refuse(incoming, answer, 500, 'InternalError');
    if (fault === 'slowDown') return refuse(incoming, answer, 503, 'SlowDown');
    if (fault === 'delay') await delay(delayMs);
    if (this.dropsConditions) for (const name of ['if-match', 'if-none-match']) delete incoming.headers[name];
    const { response, body } = await forward(incoming, target);
    if (fault === 'loseAnswer') return void incoming.socket.destroy();
    answer.writeHead(response.statusCode!, response.headers);
    if (fault !== 'truncate' || body.length === 0) return void answer.end(body);
    answer.write(body.subarray(0, body.length / 2), () => incoming.socket.destroy());
  }
}

async function forward(
  incoming: IncomingMessage,
  target: string,
): Promise<{ response: IncomingMessage; body: Buffer }> {
  const { method, headers, url } = incoming;
  const outgoing = request(target + url, { method, headers: { ...headers, connection: 'close' } });
  incoming.pipe(outgoing);
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return { response, body: Buffer.concat(pieces) };
}

function refuse(incoming: IncomingMessage, answer: ServerResponse, status: number, code: string): void {
  incoming.resume();
  incoming.once('end', () => {
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${code}</Message></Error>`;
    answer.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body) });
    answer.end(body);
  });
}
