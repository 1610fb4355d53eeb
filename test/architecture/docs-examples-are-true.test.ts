/**
 * The examples of the pages, tried on a real Lookback with a worker: every request is sent, in order, and what the page
 * shows of the answer is what comes back.
 */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import type { Cluster } from '../../testing/cluster.ts';
import { followToEnd, startCluster } from '../support/cluster.ts';
import { type CodeBlock, codeBlocks, pageNamed } from './pages.ts';
import { curlExamples, firstUntruth, parseCurl } from './transcript.ts';

/** What the pages' commands upload: what the README's program writes, and the CSV of the page about data. */
const contents = {
  'turns.ndjson': turns(),
  'steps.csv': blockOf('docs/data.md', ({ language }) => language === 'csv'),
};

/** A page is a dozen requests and several whole jobs. */
const timeoutMs = 120_000;
const jobId = /job_[0-9a-z]{26}/;

test.each(['README.md', 'docs/api.md'])(
  'the requests of %s get the answers that it shows',
  async (name) => {
    const cluster = await startCluster();
    const examples = curlExamples(pageNamed(name));
    expect(examples.length).toBeGreaterThan(5);
    /** Ids of the page's jobs, and those that they have here. */
    const here = new Map<string, string>();
    const toHere = (text: string) => [...here].reduce((words, [there, id]) => words.replaceAll(there, id), text);
    const toPage = (text: string) => [...here].reduce((words, [there, id]) => words.replaceAll(id, there), text);

    for (const { command, shown } of examples) {
      const request = parseCurl(toHere(command), contents);
      const response = await fetch(cluster.apis[0].url + request.path, request);
      const text = await response.text();
      if (request.method === 'POST' && request.path === '/v1/jobs') await followJob(cluster, text, shown, here);
      if (request.isDownload) expect(response.status).toBe(200);
      else {
        const real = toPage(request.showsHead ? `${headOf(response)}\n${text}` : text);
        expect(firstUntruth(shown, real), `${command}\nanswers\n${real}`).toBeUndefined();
      }
    }
  },
  timeoutMs,
);

/** A job is over before the page goes on; from here on its id stands for the page's. */
async function followJob({ client }: Cluster, answer: string, shown: string, here: Map<string, string>) {
  const [there, id] = [shown, answer].map((text) => jobId.exec(text)?.[0]);
  if (!there || !id) return;
  here.set(there, id);
  await followToEnd(client, id);
}

function headOf({ status, statusText, headers }: Response): string {
  return [`HTTP/1.1 ${status} ${statusText}`, ...[...headers].map((header) => header.join(': '))].join('\n');
}

test('an example that is not true is noticed', () => {
  const real = '{"id":"a","loss":0.0139,"steps":3000}';
  expect(firstUntruth('{"id":"a",…,"steps":3000}\n', real)).toBeUndefined();
  expect(firstUntruth('{…"loss":0.0142,…}', real)).toBeUndefined();
  expect(firstUntruth('{…"loss":0.0339,…}', real)).toBe('"loss":0.0339,');
  expect(firstUntruth('{"id":"a","steps":3000}', real)).toBe('{"id":"a","steps":3000}');
});

test('the specs of the pages are valid', () => {
  const specs = ['docs/api.md', 'docs/jobs.md'].flatMap((name) =>
    codeBlocks(pageNamed(name)).filter(({ language }) => language === 'json'),
  );
  expect(specs).toHaveLength(2);
  const [whole] = specs.map(({ text }) => ({ given: JSON.parse(text), resolved: resolveJobSpec(JSON.parse(text)) }));
  // The page says that it shows every field.
  expect(whole.given).toEqual(whole.resolved);
});

function turns(): string {
  const block = blockOf('README.md', ({ text }) => text.includes('> turns.ndjson'));
  const [, program] = /<<'END'\n(.*)^END$/ms.exec(block)!;
  return spawnSync(process.execPath, ['-'], { input: program, encoding: 'utf8' }).stdout;
}

function blockOf(page: string, fits: (block: CodeBlock) => boolean): string {
  return codeBlocks(pageNamed(page)).find(fits)!.text;
}
