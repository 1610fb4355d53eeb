/**
 * An upload of 200 MB into the service as it is deployed, and the doctor on it: bounded memory, and a process that goes on answering.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { LookbackClient } from '../../src/client/client.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();
const server = path.resolve(import.meta.dirname, '../../dist/src/main/server.js');

/** The service without workers; resolves with its address. */
async function startService(): Promise<string> {
  const data = await mkdtemp(path.join(tmpdir(), 'lookback-service-'));
  const env = { ...process.env, REDIS_URL: redis.current.url, LOOKBACK_DATA: data, LOOKBACK_WORKERS: '0', PORT: '0' };
  const service = fork(server, { env: { ...env, HOST: '127.0.0.1', LOG_LEVEL: 'silent' } });
  onTestFinished(async () => {
    service.kill('SIGTERM');
    if (service.exitCode === null) await once(service, 'exit');
    await rm(data, { recursive: true, force: true });
  });
  const [{ address }] = await once(service, 'message');
  return address;
}

async function residentBytes(address: string): Promise<number> {
  const metrics = await (await fetch(`${address}/metrics`)).text();
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(metrics)?.[1]);
}

/** 64 sequences of 200 steps, the class of a step being its value and twice the one before. */
function block(): Uint8Array {
  const line = (n: number) => {
    const x = Array.from({ length: 200 }, (_, t) =>
      (((n * 200 + t) * 2654435761) >>> 0) / 2 ** 32 < 0.5 ? 0.125 : 0.875,
    );
    const bits = x.map((value) => Math.round(value));
    return `${JSON.stringify({ x, y: bits.map((bit, t) => (t === 0 ? null : bit + 2 * bits[t - 1])) })}\n`;
  };
  return Buffer.from(Array.from({ length: 64 }, (_, n) => line(n)).join(''));
}

test('200 MB stream to disk in bounded memory, and the doctor looks at a part of them', {
  timeout: 120_000,
}, async () => {
  const address = await startService();
  const client = new LookbackClient(address);
  const content = block();
  const blocks = Math.ceil(200e6 / content.length);
  const before = await residentBytes(address);
  let peak = before;
  let sent = 0;
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (sent % 100 === 0) peak = Math.max(peak, await residentBytes(address));
      if (sent++ < blocks) controller.enqueue(content);
      else controller.close();
    },
  });
  const sheet = await client.uploadDataset(stream, { format: 'ndjson', name: 'large' });
  expect(sheet).toMatchObject({ name: 'large', sequences: 64 * blocks, steps: 64 * 200 * blocks });
  // The arrays alone are as large as the upload.
  expect(peak - before).toBeLessThan(100e6);

  const examination = client.doctorOfDataset(sheet.id);
  expect((await client.datasets()).data.map(({ id }) => id)).toEqual([sheet.id]);
  const report = await examination;
  expect(report).toMatchObject({ order: 1, sampled: true });
  expect(report.steps).toBeLessThan(1_000_000);
  await expect(client.doctorOfDataset(`ds_${'0'.repeat(24)}`)).rejects.toMatchObject({ code: 'dataset_not_found' });
});
