/**
 * Uploads that are refused or break off: what is said of them, and that nothing of them stays.
 */
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { UploadRequest } from '../../src/data/datasets/ingest/request.ts';
import { InvalidInputError } from '../../src/platform/errors.ts';
import { limits } from '../../src/platform/limits.ts';
import type { InvalidUpload } from './invalid-upload.ts';
import { ndjson, temporaryStore, upload } from './stores.ts';

const fixtures = (await readdir(new URL('fixtures/', import.meta.url)))
  .filter((name) => name.startsWith('invalid-'))
  .map((name) => name.replace(/\.ts$/, ''));

async function refusal(promise: Promise<unknown>): Promise<InvalidInputError> {
  const error = await promise.then(
    () => new Error('The upload was accepted.'),
    (reason: Error) => reason,
  );
  if (!(error instanceof InvalidInputError)) throw error;
  return error;
}

describe('an invalid upload', () => {
  it('has at least fifty fixtures', () => expect(fixtures.length).toBeGreaterThanOrEqual(50));

  it.each(fixtures)('%s is refused with every line, place and value, and leaves nothing', async (name) => {
    const fixture = ((await import(`./fixtures/${name}.ts`)) as { default: InvalidUpload }).default;
    const { store, names } = await temporaryStore();
    const error = await refusal(upload(store, fixture.upload, fixture.request));
    expect(error.code).toBe(fixture.code ?? 'invalid_dataset');
    expect(error.issues.map(({ path }) => path)).toEqual(fixture.issues.map(({ path }) => path));
    // What a JSON parser says differs between versions of Node, and follows in brackets.
    for (const [i, { message }] of fixture.issues.entries()) {
      expect(error.issues[i].message.startsWith(message)).toBe(true);
      if (!message.startsWith('must be JSON')) expect(error.issues[i].message).toBe(message);
    }
    expect(error.message).toContain(fixture.issues[0].path);
    expect(await names()).toEqual([]);
  });

  it('is read no further than its twentieth mistake', async () => {
    const { store } = await temporaryStore();
    let chunks = 0;
    const endless = (function* () {
      for (;;) {
        chunks++;
        yield Buffer.from('{"x":[0],"y":[0.5]}\n');
      }
    })();
    const stream = Readable.from(endless);
    const error = await refusal(store.create(stream, { format: 'ndjson' }));
    expect(error.issues).toHaveLength(limits.datasetErrors);
    expect(error.message).toMatch(/\(and at least 19 more\)/);
    expect(chunks).toBeLessThan(100);
    expect(stream.destroyed).toBe(false);
  });

  it.each([
    [
      'bytes',
      limits.datasetBytes / 2 ** 20 + 1,
      () => Buffer.alloc(2 ** 20, `${' '.repeat(2 ** 20 - 1)}\n`),
      'dataset_too_large',
    ],
    ['bytes in a line', limits.datasetLineBytes / 2 ** 20 + 1, () => Buffer.alloc(2 ** 20, ' '), 'invalid_dataset'],
  ])('of too many %s is refused while it comes in', async (_, chunks, chunk, code) => {
    const { store, names } = await temporaryStore();
    const content = (function* () {
      for (let c = 0; c < chunks; c++) yield chunk();
    })();
    const error = await refusal(store.create(Readable.from(content), { format: 'ndjson' }));
    expect(error.code).toBe(code);
    expect(error.issues[0].message).toMatch(/must have at most \d+ (bytes|characters)/);
    expect(await names()).toEqual([]);
  });

  it.each([
    [{ format: 'csv' }, 'mapping'],
    [{ format: 'xml' }, 'format'],
    [{ format: 'ndjson', mapping: {} }, ''],
    [{ format: 'csv', mapping: { sequence: 'id', features: [], label: 'y' } }, 'mapping.features'],
    [
      { format: 'csv', mapping: { sequence: 'id', features: ['a', 'b'], label: 'y', values: 'strings' } },
      'mapping.features',
    ],
    [{ format: 'csv', mapping: { sequence: 'id', features: ['a'], label: 'y', delimiter: '"' } }, 'mapping.delimiter'],
  ])('is not even begun with the request %o', (request, path) => {
    const result = UploadRequest.safeParse(request);
    expect(result.error!.issues.map((issue) => issue.path.join('.'))).toEqual([path]);
  });
});

describe('an upload that breaks off', () => {
  const line = Buffer.from(ndjson({ x: [0, 1], y: [0, 1] }));

  it.each([
    ['with an error', new Error('connection reset')],
    ['without one', undefined],
  ])('%s leaves nothing', async (_, reason) => {
    const { store, names } = await temporaryStore();
    const stream = new Readable({ read() {} });
    for (let l = 0; l < 1000; l++) stream.push(line);
    const created = store.create(stream, { format: 'ndjson' });
    stream.destroy(reason);
    await expect(created).rejects.toThrow(reason?.message ?? 'Premature close');
    expect(await names()).toEqual([]);
  });

  it('while it is read leaves nothing', async () => {
    const { store, names } = await temporaryStore();
    let reads = 0;
    const stream = new Readable({
      read() {
        if (++reads < 1000) this.push(line);
        else this.destroy(new Error('connection reset'));
      },
    });
    await expect(store.create(stream, { format: 'ndjson' })).rejects.toThrow('connection reset');
    expect(reads).toBe(1000);
    expect(await names()).toEqual([]);
  });

  it('in the middle of a CSV leaves nothing', async () => {
    const { store, names } = await temporaryStore();
    const content = (function* () {
      yield Buffer.from('id,t,a,y\ns,0,1,0\n');
      throw new Error('connection reset');
    })();
    const mapping = { sequence: 'id', features: ['a'], label: 'y' };
    const created = store.create(Readable.from(content), UploadRequest.parse({ format: 'csv', mapping }));
    await expect(created).rejects.toThrow('connection reset');
    expect(await names()).toEqual([]);
  });

  it('because the process was killed is cleared away at the next start', async () => {
    const { store, folder, names } = await temporaryStore();
    const { sheet } = await upload(store, ndjson({ x: [0], y: [0] }));
    const halfs = ['.incoming-old', '.incoming-new', '.leaving-old'];
    for (const name of halfs) {
      await mkdir(join(folder, 'datasets', name));
      await writeFile(join(folder, 'datasets', name, 'inputs.raw'), 'half');
    }
    for (const name of ['.incoming-old', '.leaving-old']) await utimes(join(folder, 'datasets', name), 0, 0);
    expect((await store.list()).data).toHaveLength(1);
    await store.removeAbandoned(3_600_000);
    expect((await names()).sort()).toEqual(['.incoming-new', sheet.id]);
  });
});
