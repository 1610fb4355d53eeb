/**
 * Uploads with lines as long as the limits allow: the event loop goes on, their number is bounded, and a thread stores
 * what this one would.
 */
import { request as httpRequest } from 'node:http';
import { Readable } from 'node:stream';
import { expect, onTestFinished, test } from 'vitest';
import { UploadThreads } from '../../src/data/datasets/ingest/upload-threads.ts';
import { DatasetStore } from '../../src/data/datasets/stored/store.ts';
import { limits } from '../../src/platform/limits.ts';
import { openStore } from '../../src/storage/open.ts';
import { temporaryStore } from '../data/stores.ts';
import { compiled, useApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';
import { longestHoldMs, sendAll } from '../support/send-all.ts';
import { chunked, storedNames } from '../support/uploads.ts';

const api = useApp(useRedis());
const attempts = 3;
const ndjson = 'application/x-ndjson';
const mapping = JSON.stringify({ sequence: 'id', features: ['v'], label: 'class' });
const csvPath = `/v1/datasets?mapping=${encodeURIComponent(mapping)}`;

const bits = (length: number) => Array.from({ length }, (_, t) => ((t * 2654435761) % 7) % 2);

/** Those that take longest to read; another content for each `round`, so that none is there already. */
function longestUploads(round: number): [string, string, number, string][] {
  const long = bits(900_000);
  long[0] = round;
  const wide = `[${Array(1024).fill('0').join()}]`;
  const rows = Array.from({ length: 300_000 }, (_, t) => `${Math.floor(t / 100)},${(t * round) % 10},${t % 3}\n`);
  return [
    ['/v1/datasets', `{"x":[${long.join()}],"y":[${bits(long.length).join()}]}\n`, 201, ndjson],
    ['/v1/datasets', `{"x":[${Array(7_000).fill(wide).join()}],"y":[${round},${bits(6_999).join()}]}\n`, 201, ndjson],
    ['/v1/datasets', `{"x":[${'1,'.repeat(limits.datasetLineBytes / 2)}1],"y":[1]}\n`, 400, ndjson],
    ['/v1/datasets', `{"x":[${round}],"y":[1]}\n{"x":[0],"y":[0]}\n`.repeat(50_000), 201, ndjson],
    [csvPath, `id,v,class\n${rows.join('')}`, 201, 'text/csv'],
  ];
}

test('no permitted upload holds the event loop', async () => {
  const held: number[] = [];
  while (held.length < attempts && !held.some((ms) => ms < longestHoldMs)) {
    const uploads = longestUploads(held.length + 2);
    const { statuses, longestMs } = await sendAll(api.current.url, uploads);
    expect(statuses).toEqual(uploads.map(([, , status]) => status));
    held.push(longestMs);
  }
  expect(Math.min(...held)).toBeLessThan(longestHoldMs);
}, 120_000);

test('one upload more than may be under way is refused, and those whose sender goes make room and leave nothing', async () => {
  const before = await storedNames(api.current);
  const open = Array.from({ length: limits.uploads }, () => {
    const sent = httpRequest(`${api.current.url}/v1/datasets`, { method: 'POST', headers: chunked });
    sent.on('error', () => {});
    sent.write('{"x":[1],');
    return sent;
  });
  const names = async () => (await storedNames(api.current)).filter((name) => !before.includes(name));
  await expect.poll(names, { timeout: 20_000 }).toHaveLength(limits.uploads);
  const line = '{"x":[1,0],"y":[1,0]}\n';
  const refused = await api.current.request('POST', '/v1/datasets', line, { 'content-type': ndjson });
  expect(refused).toMatchObject({ status: 503, body: { code: 'busy', detail: expect.stringContaining('16 uploads') } });
  expect(refused.headers.get('retry-after')).toBe('1');
  for (const sent of open) sent.destroy();
  await expect.poll(names, { timeout: 20_000 }).toEqual([]);
  expect((await api.current.request('POST', '/v1/datasets', line, { 'content-type': ndjson })).status).toBe(201);
});

test.each([
  ['ndjson', '{"x":[1,2.5,null],"y":["a","b",null]}\n{"x":[3],"y":["b"]}\n', { format: 'ndjson' }],
  [
    'csv',
    'id,v,class\n1,a,x\n1,b,y\n2,a,x\n',
    { format: 'csv', mapping: { ...JSON.parse(mapping), values: 'strings', delimiter: ',' } },
  ],
  ['what is not valid', '{"x":[1],"y":[1]}\n{"x":[],"y":[1]}\n{"x":[1],"y":[1,2]}\n', { format: 'ndjson' }],
] as const)('a thread makes of %s what this one would', async (_, text, request) => {
  const [here, there] = [await temporaryStore(), await temporaryStore()];
  const uploads = new UploadThreads(there.folder, compiled('data/datasets/ingest/upload-thread.js'));
  onTestFinished(() => uploads.close());
  const store = new DatasetStore(await openStore(there.folder), 0, (...upload) => uploads.fill(...upload));
  const at = new Date();
  // In chunks that cut lines anywhere.
  const stream = () =>
    Readable.from(
      Array.from({ length: 30 }, (_, i) => Buffer.from(text.slice(5 * i, 5 * i + 5))).filter(
        ({ length }) => length > 0,
      ),
    );
  const outcome = (created: Promise<unknown>) =>
    created.catch((error) => ({ error, issues: error.issues, kind: error.constructor }));
  const [expected, found] = await Promise.all([
    outcome(here.store.create(stream(), request as never, at)),
    outcome(store.create(stream(), request as never, at)),
  ]);
  expect(found).toEqual(expected);
  expect(await there.names()).toEqual(await here.names());
  for (const id of await here.names()) {
    const read = async (folder: string) => {
      const blobs = await openStore(folder);
      const names = ['sheet.json', 'inputs.bin', 'labels.bin', 'offsets.bin'];
      return Promise.all(names.map((name) => blobs.get(`datasets/${id}/${name}`)));
    };
    expect(await read(there.folder)).toEqual(await read(here.folder));
  }
});
