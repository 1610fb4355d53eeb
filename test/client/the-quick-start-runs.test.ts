/**
 * The quick start of docs/client.md, as it is written there, in every JavaScript that is on the path.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Cluster } from '../../testing/cluster.ts';
import { root } from '../architecture/source-files.ts';

const run = promisify(execFile);
const programs: Record<string, readonly string[]> = {
  node: [],
  deno: ['run', '--allow-net', '--allow-read'],
  bun: ['run'],
};

let cluster: Cluster;
let folder: string;

beforeAll(async () => {
  cluster = await Cluster.start({ apis: 1, workers: 1, dist: new URL('../../dist/', import.meta.url) });
  folder = await mkdtemp(path.join(tmpdir(), 'lookback-quick-start-'));
  await mkdir(path.join(folder, 'node_modules'));
  await symlink(root, path.join(folder, 'node_modules', 'lookback'));
  await writeFile(path.join(folder, 'package.json'), '{"type": "module", "dependencies": {"lookback": "*"}}');
  const page = await readFile(path.join(root, 'docs/client.md'), 'utf8');
  const [, program] = /```js\n(.*?)```/s.exec(page)!;
  await writeFile(path.join(folder, 'a.js'), program.replace('http://127.0.0.1:3000', cluster.apis[0].url));
});

afterAll(async () => {
  await cluster?.close();
  await rm(folder, { recursive: true });
});

function isInstalled(name: string): boolean {
  return (process.env.PATH ?? '').split(path.delimiter).some((one) => existsSync(path.join(one, name)));
}

for (const [name, words] of Object.entries(programs)) {
  test.skipIf(!isInstalled(name))(`in ${name}`, async () => {
    const { stdout } = await run(name, [...words, 'a.js'], { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
    const lines = stdout.trim().split('\n');
    expect(lines[0]).toBe('past values needed: 1');
    expect(lines[1]).toMatch(/^step 1: loss \d\.\d{4}$/);
    expect(lines.at(-3)).toContain('The model uses 1 past value');
    // The first step has none before it: either answer is a guess.
    expect(lines.at(-2)).toMatch(/^(same|turn) same turn$/);
    expect(lines.at(-1)).toBe('job_not_found');
  });
}
