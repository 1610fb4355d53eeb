/**
 * Datasets that are accepted: what comes in goes out again, the sheet tells of it, and the same content is the same dataset.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CorruptDatasetError, NotFoundError } from '../../src/platform/errors.ts';
import { limits } from '../../src/platform/limits.ts';
import { openStore } from '../../src/storage/open.ts';
import { ndjson, temporaryStore, upload } from './stores.ts';

const number = fc.oneof(fc.integer({ min: -1000, max: 1000 }), fc.float({ noNaN: true, noDefaultInfinity: true }));
const missing = fc.constant(null);
const text = fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' });
const label = fc.oneof(
  fc.constant(fc.oneof(fc.integer({ min: -5, max: 5 }), missing)),
  fc.constant(
    fc.oneof(
      text.filter((name) => name !== '-'),
      missing,
    ),
  ),
);

/** Sequences of unequal length with one kind of input and of label, at least one step labelled. */
const sequences = fc
  .tuple(
    label,
    fc.oneof(
      fc.constant(fc.oneof(number, missing)),
      fc.constant(text),
      fc
        .integer({ min: 2, max: 4 })
        .map((width) => fc.array(fc.oneof(number, missing), { minLength: width, maxLength: width })),
    ),
  )
  .chain(([y, x]) =>
    fc.array(fc.array(fc.tuple(x, y), { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 10 }),
  )
  .map((all) => all.map((steps) => ({ x: steps.map(([x]) => x), y: steps.map(([, y]) => y) })))
  .filter((all) => all.some(({ y }) => y.some((value) => value !== null)));

describe('an uploaded dataset', () => {
  it('gives back what was uploaded', async () => {
    const { store } = await temporaryStore();
    await fc.assert(
      fc.asyncProperty(sequences, async (lines) => {
        const { sheet } = await upload(store, ndjson(...lines));
        const shown = await store.preview(sheet.id, limits.previewSequences);
        expect(shown.map(({ x, y }) => ({ x: negativeZeroAsZero(x), y }))).toEqual(
          lines.map(({ x, y }) => ({ x: negativeZeroAsZero(x), y })),
        );
        expect(shown.map(({ length }) => length)).toEqual(lines.map(({ x }) => x.length));
        expect(sheet.steps).toBe(lines.reduce((sum, { x }) => sum + x.length, 0));
        expect(sheet.labelled).toBe(lines.flatMap(({ y }) => y).filter((value) => value !== null).length);
      }),
      { numRuns: 60 },
    );
  });

  it('means the same as CSV, with quotes, line breaks in cells, a byte-order mark and either line end', async () => {
    const { store } = await temporaryStore();
    const rows = [
      'id,note,t,a,b,y',
      's,"x, ""y""",0,1.5,,A',
      '',
      's,"two\nlines",1,-2e1,3,-',
      'r,,5,.5,4,"B,C"',
      'r,,7,0,5,',
    ];
    const request = {
      format: 'csv' as const,
      name: 'measured',
      mapping: { sequence: 'id', step: 't', features: ['a', 'b'], label: 'y' },
    };
    const { sheet } = await upload(store, `\uFEFF${rows.join('\r\n')}`, request);
    expect(sheet.name).toBe('measured');
    expect(await store.preview(sheet.id, 5)).toEqual([
      {
        length: 2,
        x: [
          [1.5, null],
          [-20, 3],
        ],
        y: ['A', null],
      },
      {
        length: 2,
        x: [
          [0.5, 4],
          [0, 5],
        ],
        y: ['B,C', null],
      },
    ]);
    const again = await upload(store, rows.join('\n'), { ...request, name: 'other' });
    expect(again).toEqual({ status: 'exists', sheet });
  });

  it('of a CSV takes labels without white space around them, and 1.0 for 1', async () => {
    const { store } = await temporaryStore();
    const mapping = { sequence: 'id', features: ['a'], label: 'y' };
    const whole = await upload(store, 'id,a,y\ns,1,1\ns,2,1.0\ns,3, 0\ns,4,0.0 \ns,5, \n', { format: 'csv', mapping });
    expect(whole.sheet.labels).toMatchObject({ names: [0, 1], counts: [2, 2] });
    expect(whole.sheet.labelled).toBe(4);
    const named = await upload(store, 'id,a,y\ns,1,rest\ns,2, rest\ns,3,walk\n', { format: 'csv', mapping });
    expect(named.sheet.labels.names).toEqual(['rest', 'walk']);
  });

  it('of a CSV takes labels for integers where all of them are, and strings for features where they shall be', async () => {
    const { store } = await temporaryStore();
    const mapping = { sequence: 'id', features: ['word'], label: 'y', values: 'strings' as const, delimiter: ';' };
    const content = 'id;word;y\n1;the;10\n1;cat;2\n2;the;-1\n';
    const { sheet } = await upload(store, content, { format: 'csv', mapping });
    expect(sheet.labels.names).toEqual([-1, 2, 10]);
    expect(sheet.inputs).toEqual({ kind: 'strings', vocabulary: ['cat', 'the'], counts: [1, 2] });
    expect((await store.preview(sheet.id, 1))[0]).toEqual({ length: 2, x: ['the', 'cat'], y: [10, 2] });
    const named = await upload(store, content.replace('10', '010'), { format: 'csv', mapping });
    expect(named.sheet.labels.names).toEqual(['-1', '010', '2']);
  });

  it('takes away the targets that its mask leaves out', async () => {
    const { store } = await temporaryStore();
    const { sheet } = await upload(store, ndjson({ x: [1, 2, 3, 4], y: [0, 1, '-', 1], mask: [1, 0, true, false] }));
    expect((await store.preview(sheet.id, 1))[0].y).toEqual([0, null, null, null]);
  });

  it('has a sheet with lengths, ranges, missing values and balance', async () => {
    const { store } = await temporaryStore();
    const lines = [
      {
        x: [
          [1, 5],
          [2, null],
          [3, 5],
        ],
        y: ['b', 'a', null],
      },
      { x: [[6, null]], y: ['b'] },
    ];
    const { sheet } = await upload(store, ndjson(...lines), { format: 'ndjson', name: ' small ' }, new Date(0));
    expect(sheet).toEqual({
      id: expect.stringMatching(/^ds_[0-9a-f]{24}$/),
      name: 'small',
      format: 'ndjson',
      createdAt: '1970-01-01T00:00:00.000Z',
      bytes: 4 * (3 + 4 * 3),
      sequences: 2,
      steps: 4,
      labelled: 3,
      lengths: {
        shortest: 1,
        longest: 3,
        mean: 2,
        histogram: [
          { from: 1, to: 1, sequences: 1 },
          { from: 2, to: 2, sequences: 0 },
          { from: 3, to: 3, sequences: 1 },
        ],
      },
      inputs: {
        kind: 'numbers',
        features: [
          { name: null, min: 1, max: 6, mean: 3, std: Math.sqrt(3.5), missing: 0 },
          { name: null, min: 5, max: 5, mean: 5, std: 0, missing: 2 },
        ],
      },
      labels: {
        at: 'every-step',
        names: ['a', 'b'],
        counts: [1, 2],
        balance: expect.closeTo((Math.log(3) - (2 / 3) * Math.log(2)) / Math.log(2), 12),
      },
    });
    expect(await store.get(sheet.id)).toEqual(sheet);
  });

  it('with a feature that is always missing has no range for it', async () => {
    const { store } = await temporaryStore();
    const { sheet } = await upload(store, ndjson({ x: [null, null], y: [0, 1] }));
    expect(sheet.inputs).toMatchObject({ features: [{ min: null, max: null, mean: null, std: null, missing: 2 }] });
  });

  it('puts long histograms into twenty bins that hold every sequence', async () => {
    const { store } = await temporaryStore();
    const lines = Array.from({ length: 150 }, (_, s) => ({ x: Array(s + 3).fill(0), y: Array(s + 3).fill(1) }));
    const { sheet } = await upload(store, ndjson(...lines));
    const { histogram } = sheet.lengths;
    expect(histogram.length).toBeLessThanOrEqual(20);
    expect(histogram.reduce((sum, { sequences: count }) => sum + count, 0)).toBe(150);
    expect(histogram.at(-1)!.to).toBe(152);
  });
});

describe('the id of a dataset', () => {
  it('depends on its content alone, not on spaces, order of keys, name or time', async () => {
    const { store, names } = await temporaryStore();
    const first = await upload(store, '{"x":[0,1],"y":["a",null]}\n', { format: 'ndjson', name: 'one' }, new Date(0));
    const second = await upload(store, '\n{ "y": ["a", "-"], "x": [0.0, 1e0] }', { format: 'ndjson', name: 'two' });
    expect(first.status).toBe('created');
    expect(second).toEqual({ status: 'exists', sheet: first.sheet });
    expect(await names()).toEqual([first.sheet.id]);
  });

  it.each([
    ['an input', ndjson({ x: [0, 2], y: ['a', 'b'] })],
    ['a label', ndjson({ x: [0, 1], y: ['b', 'a'] })],
    ['the name of a label', ndjson({ x: [0, 1], y: ['a', 'c'] })],
    ['a missing target', ndjson({ x: [0, 1], y: ['a', null] })],
    ['where a sequence ends', ndjson({ x: [0], y: ['a'] }, { x: [1], y: ['b'] })],
    ['strings for numbers', ndjson({ x: ['0', '1'], y: ['a', 'b'] })],
  ])('changes with %s', async (_, other) => {
    const { store } = await temporaryStore();
    const ids = [ndjson({ x: [0, 1], y: ['a', 'b'] }), other].map(
      async (content) => (await upload(store, content)).sheet.id,
    );
    expect(new Set(await Promise.all(ids)).size).toBe(2);
  });

  it('is safe when the same content comes twice at once', async () => {
    const { store, names } = await temporaryStore();
    const content = ndjson({ x: [0, 1], y: [0, 1] });
    const both = await Promise.all([upload(store, content), upload(store, content)]);
    expect(both.map(({ status }) => status).sort()).toEqual(['created', 'exists']);
    expect(await names()).toEqual([both[0].sheet.id]);
  });
});

describe('the store', () => {
  it('lists the newest first, page by page', async () => {
    const { store } = await temporaryStore();
    expect(await store.list()).toEqual({ data: [], nextCursor: null });
    const ids: string[] = [];
    for (let n = 0; n < 5; n++) {
      const { sheet } = await upload(store, ndjson({ x: [n], y: [n] }), { format: 'ndjson' }, new Date(1000 * n));
      ids.unshift(sheet.id);
    }
    const pages: string[][] = [];
    for (let cursor: string | undefined; pages.length === 0 || cursor; ) {
      const page = await store.list(2, cursor);
      pages.push(page.data.map(({ id }) => id));
      cursor = page.nextCursor ?? undefined;
    }
    expect(pages).toEqual([ids.slice(0, 2), ids.slice(2, 4), ids.slice(4)]);
  });

  it('deletes a dataset as a whole, and knows none of an id that is not one', async () => {
    const { store, names } = await temporaryStore();
    const { sheet } = await upload(store, ndjson({ x: [0], y: [0] }));
    expect((await store.facts(sheet.id))!.lengths).toEqual(Int32Array.of(1));
    await store.delete(sheet.id);
    expect(await names()).toEqual([]);
    expect(await store.facts(sheet.id)).toBeUndefined();
    for (const id of [sheet.id, '../datasets', 'ds_x', '']) {
      await expect(store.get(id)).rejects.toThrow(NotFoundError);
      await expect(store.stored(id)).rejects.toThrow(NotFoundError);
      await expect(store.preview(id, 1)).rejects.toThrow(NotFoundError);
      await expect(store.delete(id)).rejects.toThrow(NotFoundError);
    }
  });

  it('finds what another process has uploaded, and misses what it has deleted', async () => {
    const { store, folder } = await temporaryStore();
    const { DatasetStore } = await import('../../src/data/datasets/stored/store.ts');
    const other = new DatasetStore(await openStore(folder));
    const { sheet } = await upload(other, ndjson({ x: [0], y: [0] }));
    expect(await store.get(sheet.id)).toEqual(sheet);
    await other.delete(sheet.id);
    await expect(store.get(sheet.id)).rejects.toThrow(NotFoundError);
  });

  it.each(['inputs.bin', 'labels.bin', 'offsets.bin', 'sheet.json'])('does not trust a damaged %s', async (file) => {
    const { store, folder } = await temporaryStore();
    const { sheet } = await upload(store, ndjson({ x: [0, 1], y: [0, 1] }));
    await writeFile(join(folder, 'datasets', sheet.id, file), '');
    const { DatasetStore } = await import('../../src/data/datasets/stored/store.ts');
    const open = async () => (await new DatasetStore(await openStore(folder)).stored(sheet.id)).open();
    await expect(open()).rejects.toThrow(CorruptDatasetError);
  });

  it('cuts a preview to what a person reads', async () => {
    const { store } = await temporaryStore();
    const long = { x: Array(limits.previewSteps + 5).fill(1), y: Array(limits.previewSteps + 5).fill(0) };
    const { sheet } = await upload(store, ndjson(long, ...Array(limits.previewSequences).fill({ x: [0], y: [0] })));
    const shown = await store.preview(sheet.id, 1000);
    expect(shown).toHaveLength(limits.previewSequences);
    expect([shown[0].length, shown[0].x.length]).toEqual([limits.previewSteps + 5, limits.previewSteps]);
    expect(shown[0].y).toHaveLength(limits.previewSteps);
  });
});

/** JSON writes -0 as 0. */
function negativeZeroAsZero(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
