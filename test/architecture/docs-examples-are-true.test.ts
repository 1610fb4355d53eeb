/**
 * The examples of the pages, tried on a real Lookback with a worker: every request is sent, in order, and what the page shows of the answer is what comes back.
 */
import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { resolveJobSpec } from '../../src/jobs/spec.ts';
import { followToEnd, startCluster } from '../support/cluster.ts';
import { codeBlocks, pageNamed } from './pages.ts';
import { curlExamples, firstUntruth, parseCurl } from './transcript.ts';

/** A page is a dozen requests and several whole jobs. */
const timeoutMs = 120_000;
const jobId = /job_[0-9a-z]{26}/;

test.each(['README.md', 'docs/api.md'])(
  'the requests of %s get the answers that it shows',
  async (name) => {
    const { apis, client } = await startCluster();
    const examples = curlExamples(pageNamed(name));
    expect(examples.length).toBeGreaterThan(5);
    /** Ids of the page's jobs, and those that they have here. */
    const here = new Map<string, string>();
    const toHere = (text: string) => [...here].reduce((words, [there, id]) => words.replaceAll(there, id), text);
    const toPage = (text: string) => [...here].reduce((words, [there, id]) => words.replaceAll(id, there), text);

    for (const { command, shown } of examples) {
      const { method, path, headers, body, showsHead, isDownload } = parseCurl(toHere(command));
      const content = body === '@turns.ndjson' ? turns() : body;
      const response = await fetch(apis[0].url + path, { method, headers, body: content });
      const text = await response.text();
      const made = method === 'POST' && path === '/v1/jobs' ? jobId.exec(text)?.[0] : undefined;
      if (made) {
        const [there] = jobId.exec(shown) ?? [];
        if (there) here.set(there, made);
        await followToEnd(client, made);
      }
      if (isDownload) expect(response.status).toBe(200);
      else {
        const head = [
          `HTTP/1.1 ${response.status} ${response.statusText}`,
          ...[...response.headers].map((h) => h.join(': ')),
        ];
        const real = toPage(showsHead ? `${head.join('\n')}\n${text}` : text);
        expect(firstUntruth(shown, real), `${command}\nanswers\n${real}`).toBeUndefined();
      }
    }
  },
  timeoutMs,
);

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

/** What the README's program writes. */
function turns(): string {
  const block = codeBlocks(pageNamed('README.md')).find(({ text }) => text.includes('> turns.ndjson'));
  const program = /<<'END'\n(.*)^END$/ms.exec(block!.text)![1];
  return spawnSync(process.execPath, ['-'], { input: program, encoding: 'utf8' }).stdout;
}
