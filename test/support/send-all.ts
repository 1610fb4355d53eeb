/**
 * Many requests at once, and how long the event loop that serves them is held meanwhile.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { type Holds, watchLoop } from './loop-watch.ts';

/** How long the event loop may be held by any permitted request. */
export const longestHoldMs = 50;

/**
 * Sends requests from a thread of its own, so that this one does nothing but serve; answers are thrown away. Returns
 * their statuses, and how long the loop was held.
 */
export async function sendAll(
  url: string,
  requests: readonly (readonly [path: string, body: string, status: number, type?: string])[],
): Promise<{ statuses: number[] } & Holds> {
  const code = `
    const { request, Agent } = require('node:http');
    const { parentPort, workerData } = require('node:worker_threads');
    const send = ([path, body, , type = 'application/json']) => new Promise((resolve, reject) => {
      const headers = { 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const sent = request(workerData.url + path, { method: 'POST', headers, agent: new Agent() }, (response) => {
        response.resume().on('end', () => resolve(response.statusCode));
      });
      sent.on('error', reject).end(body);
    });
    parentPort.once('message', async () => parentPort.postMessage(await Promise.all(workerData.requests.map(send))));
    parentPort.postMessage('ready');`;
  const worker = new Worker(code, { eval: true, workerData: { url, requests } });
  await once(worker, 'message');
  const watch = watchLoop();
  worker.postMessage('send');
  const [statuses] = await once(worker, 'message');
  const holds = watch.stop();
  await worker.terminate();
  return { statuses, ...holds };
}
