/**
 * The examples of docs/data.md, taken at their word: uploads are accepted, and the job over a dataset is one.
 */
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { completeSpec } from '../../src/spec/completion.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { temporaryStore, upload } from './stores.ts';

const page = await readFile(new URL('../../docs/data.md', import.meta.url), 'utf8');
const examples = [...page.matchAll(/```(\w+)\n(.*?)```/gs)].map(([, language, text]) => ({ language, text }));
const jsonOf = (field: string) =>
  examples
    .filter(({ language, text }) => language === 'json' && text.includes(`"${field}"`))
    .map(({ text }) => JSON.parse(text));

it('NDJSON and CSV are accepted as the page writes them', async () => {
  const { store } = await temporaryStore();
  const ndjson = examples.filter(({ language }) => language === 'jsonl');
  expect(ndjson).toHaveLength(4);
  for (const { text } of ndjson) expect((await upload(store, text)).status).toBe('created');
  const [request] = jsonOf('mapping');
  const csv = examples.find(({ language }) => language === 'csv')!.text;
  const { sheet } = await upload(store, csv, request);
  expect(sheet).toMatchObject({ sequences: 2, steps: 4, labelled: 3, labels: { names: ['rest', 'walk'] } });
});

it('the job over a dataset is complete with the facts of one', () => {
  const [spec] = jsonOf('epochs');
  const lengths = new Int32Array(1000).fill(150);
  const size = { width: 2, classes: 3, lengths, nameBytes: 0 };
  const facts = { id: spec.task.dataset, kind: 'numbers' as const, labelsAt: 'every-step' as const, ...size };
  // 800 sequences in groups of 32, each in two pieces.
  expect(completeSpec(resolveJobSpec(spec), facts).training.steps).toBe(20 * 25 * 2);
});
