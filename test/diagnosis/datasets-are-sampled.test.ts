/**
 * What the doctor gets to see of a dataset: its own order, gaps filled as in training, the job's split, and of a large
 * one no more than it examines.
 */
import { describe, expect, it } from 'vitest';
import { splitSequences } from '../../src/data/split.ts';
import { sampleOfData, sampleOfDataset } from '../../src/diagnosis/sampling/dataset-sample.ts';
import { keptLengths } from '../../src/diagnosis/sampling/sample.ts';
import { Random } from '../../src/model/random.ts';
import { completeSpec } from '../../src/spec/completion.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { datasetOfLines, ndjson, temporaryStore, upload } from '../data/stores.ts';

describe('a sample of a dataset', () => {
  it('has numbers as they are, the mean where one is missing, and counts labelled steps alone', async () => {
    const sample = sampleOfDataset(
      await datasetOfLines(
        {
          x: [
            [1, 5],
            [null, 6],
          ],
          y: ['a', null],
        },
        { x: [[4, 7]], y: ['b'] },
      ),
    );
    expect(sample).toMatchObject({ features: 2, classes: 2, inputKind: 'numbers', rowsPerBatch: 2, sampled: false });
    expect([...sample.inputs]).toEqual([1, 5, 2.5, 6, 4, 7]);
    expect([[...sample.labels], [...sample.mask], [...sample.starts]]).toEqual([
      [0, 0, 1],
      [1, 0, 1],
      [0, 2, 3],
    ]);
    expect(sample.splits).toBeUndefined();
  });

  it('has strings as symbols', async () => {
    const sample = sampleOfDataset(await datasetOfLines({ x: ['b', 'a', 'b'], y: [0, 1, 0] }));
    expect(sample).toMatchObject({ features: 1, inputKind: 'symbols' });
    expect([...sample.inputs]).toEqual([1, 0, 1]);
  });

  it('tells the rows of a job’s split apart', async () => {
    const { store } = await temporaryStore();
    const lines = Array.from({ length: 30 }, (_, s) => ({ x: [s, s + 1], y: [s % 2, 1] }));
    const { sheet } = await upload(store, ndjson(...lines));
    const task = { type: 'dataset', dataset: sheet.id } as const;
    const spec = completeSpec(resolveJobSpec({ task, training: { seed: 7 } }), await store.facts(sheet.id));
    const { splits } = await sampleOfData({ spec }, store);
    const split = splitSequences(30, { train: 0.8, validation: 0.1, test: 0.1 }, Random.seeded(7, 'split'));
    const rowsOf = (number: number) => [...splits!.ofRow.entries()].filter(([, of]) => of === number).map(([r]) => r);
    expect(splits!.names).toEqual(['train', 'validation', 'test']);
    expect([0, 1, 2].map(rowsOf)).toEqual([[...split.train], [...split.validation], [...split.test]]);
  });
});

describe('of a large dataset', () => {
  it('long rows are cut off behind while there are few, and the last ones left out while there are many', () => {
    const cut = (lengths: number[], steps: number) => [...keptLengths(Int32Array.from(lengths), steps)];
    expect(cut([30, 20], 50)).toEqual([30, 20]);
    expect(cut([9000, 500, 9000], 6000)).toEqual([2000, 500, 2000]);
    expect(cut([800, 900, 700, 800], 2400)).toEqual([800, 900, 700]);
    expect([...keptLengths(Int32Array.from([900, 900]), 1000, true)]).toEqual([900]);
  });

  it('only that part is read', async () => {
    const { store } = await temporaryStore();
    const lines = [4, 3, 5, 2].map((length, s) => {
      const steps = Array.from({ length }, (_, t) => t);
      return { x: steps.map((t) => [10 * s + t, 1 - t]), y: steps.map((t) => (s + t) % 3) };
    });
    const { sheet } = await upload(store, ndjson(...lines));
    const part = await (await store.stored(sheet.id)).openPart(Int32Array.from([2, 3, 4]));
    expect([...part.offsets]).toEqual([0, 2, 5, 9]);
    const shown = part.inputs.kind === 'numbers' ? [...part.inputs.values] : [];
    const expected = lines.slice(0, 3).map(({ x, y }, s) => ({ x: x.slice(0, s + 2), y: y.slice(0, s + 2) }));
    expect(shown).toEqual(expected.flatMap(({ x }) => x.flat()));
    expect([...part.labels]).toEqual(expected.flatMap(({ y }) => y));
    expect(sampleOfDataset(part)).toMatchObject({ sampled: true });
  });
});
