/** Each request of the table at the top of docs/serving.md is answered, in the order in which they stand there. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Answer, type Json, useApp } from '../support/app.ts';
import { saveCheckpoint } from '../support/checkpoints.ts';
import { start, succeed } from '../support/jobs.ts';
import { useRedis } from '../support/redis.ts';

const api = useApp(useRedis());
const root = path.resolve(import.meta.dirname, '../..');
const guide = readFileSync(path.join(root, 'docs/serving.md'), 'utf8');

/** A row: what is wanted, and what stands in code beside it. */
interface Row {
  aim: string;
  spans: string[];
}

function rowsOfTheGuide(): Row[] {
  const [table] = guide.slice(guide.indexOf('## A request for each')).match(/^\|.*\n(?:\|.*\n)+/m)!;
  const lines = table.trim().split('\n').slice(2);
  return lines.map((line) => {
    const [, aim, request] = line.split('|').map((cell) => cell.trim());
    return { aim, spans: [...request.matchAll(/`([^`]+)`/g)].map(([, span]) => span) };
  });
}

/** A job as the guide has it: finished, with more than one checkpoint. */
async function trainedJob(): Promise<string> {
  const { request, store, checkpoints } = api.current;
  const { id } = (await request('POST', '/v1/jobs', { model: { layers: 2, units: [3, 2] } })).body;
  await succeed(store, await start(store, id));
  for (const step of [2000, 3000]) await saveCheckpoint(checkpoints, id, step, 1 / step);
  return id;
}

test('in its order, and with what it says', async () => {
  const rows = rowsOfTheGuide();
  expect(rows.length).toBeGreaterThan(10);
  const ids: Record<string, string> = { JOB_ID: await trainedJob() };
  const filled = (text: string) => text.replaceAll(/JOB_ID|SESSION_ID/g, (name) => ids[name]);
  const model = readFileSync(path.join(root, 'test/fixtures/models/lookback.safetensors'));
  let last: { method: string; target: string; body: Json } | undefined;
  const sent: string[] = [];
  const send = async (method: string, target: string, body: Json): Promise<Answer> => {
    last = { method, target, body };
    sent.push(`${method} ${target}`);
    return api.current.request(method, target, body);
  };
  for (const { aim, spans } of rows) {
    const before = sent.length;
    for (const [n, text] of spans.entries()) {
      const span = filled(text);
      const [, method, target] = /^(GET|POST|PUT|DELETE) (\S+)$/.exec(span) ?? [];
      let answer: Answer | undefined;
      if (target === '/v1/jobs/import') {
        const type = { 'content-type': 'application/octet-stream' };
        answer = await api.current.request(method, target, new Uint8Array(model), type);
        sent.push(target);
      } else if (target) {
        const body = spans[n + 1]?.startsWith('{') ? filled(spans[n + 1]).replace(', "task": {…}, …', '') : undefined;
        answer = await send(method, target, body && JSON.parse(body));
        if (target === '/v1/sessions') ids.SESSION_ID = answer.body.id;
      } else if (span.startsWith('"')) {
        // "The same with" this, or the PUT of an alias.
        const part = JSON.parse(`{${span}}`);
        const base =
          'canary' in part ? { method: 'PUT', target: '/v1/aliases/digits', body: { job: ids.JOB_ID } } : last!;
        answer = await send(base.method, base.target, { ...base.body, ...part });
      }
      if (answer) expect([200, 201], `${aim}: ${answer.text.slice(0, 300)}`).toContain(answer.status);
    }
    expect(sent.length, aim).toBeGreaterThan(before);
  }
});
