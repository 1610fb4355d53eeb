/** Places of imports, of which there are a few: they go from senders who bring nothing to others, and none is lost. */
import { readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, test, vi } from 'vitest';
import { limits } from '../../../src/platform/limits.ts';
import { startApp, useApp } from '../../support/app.ts';
import { connectRaw } from '../../support/raw-socket.ts';
import { useRedis } from '../../support/redis.ts';
import { fixture, imported, importFile } from './imports.ts';

const redis = useRedis();
const api = useApp(redis);

test('senders who bring nothing lose the places of imports to others, and slow ones do not', async () => {
  const patient = await startApp(redis.current, { uploadWindowMs: 1_500 });
  const head = { 'transfer-encoding': 'chunked', 'content-type': 'application/octet-stream' };
  const bytes = fixture('torch.safetensors');
  const slow = await connectRaw(patient.url);
  slow.head('POST', '/v1/jobs/import', head);
  const idle = await Promise.all(Array.from({ length: limits.imports - 1 }, () => connectRaw(patient.url)));
  for (const client of idle) {
    client.head('POST', '/v1/jobs/import', head);
    await client.chunk('{');
  }
  const send = () =>
    patient.request('POST', '/v1/jobs/import', new Uint8Array(bytes), { 'content-type': head['content-type'] });
  await vi.waitFor(() => expect(readdirSync(path.join(patient.folder, 'datasets'))).toHaveLength(limits.imports), {
    timeout: 20_000,
  });
  expect((await send()).body.code).toBe('busy');
  const slowly = (async () => {
    // The file is followed by nothing that belongs to it: what counts is that it comes.
    for (let n = 0; n < 8; n++) {
      await slow.chunk('x'.repeat(limits.uploadWindowBytes));
      await delay(500);
    }
    slow.end();
    return slow.received(/"code"/);
  })();
  for (const client of idle) expect(await client.received(/upload_too_slow/)).toContain('HTTP/1.1 408');
  await vi.waitFor(async () => expect((await send()).status).toBe(201), { timeout: 20_000 });
  expect(await slowly).toContain('invalid_model');
}, 60_000);

test('a folder that cannot be used for a while takes no place among imports', async () => {
  await imported(api.current, fixture('torch.safetensors'));
  const folder = path.join(api.current.folder, 'datasets');
  renameSync(folder, `${folder}.away`);
  writeFileSync(folder, '');
  try {
    for (let n = 0; n < 5; n++) {
      expect((await importFile(api.current, fixture('torch.safetensors'))).status).toBe(500);
    }
  } finally {
    rmSync(folder);
    renameSync(`${folder}.away`, folder);
  }
  await imported(api.current, fixture('torch.safetensors'));
});
