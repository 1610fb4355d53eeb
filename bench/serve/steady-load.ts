/**
 * Requests that come at a rate of their own, whether or not answers do: independent clients, exponential gaps. The time
 * of a request counts from when it was due, so that one that had to wait for its turn has waited (no coordinated
 * omission). It keeps a core busy, in order to be on time.
 */
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { setImmediate } from 'node:timers/promises';
import { Random } from '../../src/model/random.ts';

interface SteadyLoad {
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

/** @throws Error where an answer is none of status 200. */
export async function sendSteadily(load: SteadyLoad): Promise<Latency> {
  const { url, body, requestsPerSecond, seconds, connections } = load;
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const random = Random.seeded(1, 'data');
  const took: number[] = [];
  const sent: Promise<void>[] = [];
  const refused = new Set<number>();
  const send = async (due: number) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const sending = request(url, { agent, method: 'POST', headers }).end(body);
    const [response] = (await once(sending, 'response')) as [IncomingMessage];
    response.resume();
    await once(response, 'end');
    took.push(performance.now() - due);
    if (response.statusCode !== 200) refused.add(response.statusCode!);
  };
  const gapMs = () => (-1000 / requestsPerSecond) * Math.log(1 - random.uniform());
  const start = performance.now();
  let due = start;
  while (due < start + 1000 * seconds) {
    while (due <= performance.now()) {
      sent.push(send(due));
      due += gapMs();
    }
    await setImmediate();
  }
  await Promise.all(sent);
  agent.destroy();
  if (refused.size > 0) throw new Error(`${url} answered ${[...refused].join(', ')}.`);
  took.sort((a, b) => a - b);
  const at = (share: number) => took[Math.min(took.length - 1, Math.floor(share * took.length))];
  return { requestsPerSecond: took.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99), longestMs: at(1) };
}
