/**
 * The package's entry `lookback/client` as a user has it: one small file without imports, with the types of the schemas.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, onTestFinished, test } from 'vitest';
import { root } from '../architecture/source-files.ts';

/** A package of somebody else's that has ours installed. */
async function consumer(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-consumer-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  await mkdir(path.join(folder, 'node_modules'));
  await symlink(root, path.join(folder, 'node_modules', 'lookback'));
  await writeFile(path.join(folder, 'package.json'), '{"type": "module"}');
  return folder;
}

test('it has at most 10 KB when compressed, and imports nothing', async () => {
  const code = await readFile(path.join(root, 'dist/bundles/client.js'), 'utf8');
  expect(gzipSync(code, { level: 9 }).length).toBeLessThan(10_000);
  expect(code).not.toMatch(/\bimport\b\s*[({"'*]/);
  expect(code).not.toContain('node:');
});

test('it is imported by its name, in Node', async () => {
  const folder = await consumer();
  const program =
    "import { LookbackClient } from 'lookback/client'; console.log(typeof new LookbackClient('http://a').submit)";
  await writeFile(path.join(folder, 'a.js'), program);
  expect(execFileSync(process.execPath, ['a.js'], { cwd: folder, encoding: 'utf8' }).trim()).toBe('function');
});

test('its types are those of the schemas', async () => {
  const folder = await consumer();
  const program = `
    import { ApiError, LookbackClient } from 'lookback/client';
    const client = new LookbackClient('http://localhost:3000', { key: 'lb_a' });
    const job = await client.submit({ preset: 'lookback', model: { units: 5 } });
    const steps: number = job.steps;
    for await (const event of client.events(job.id)) if (event.type === 'progress') console.log(steps - event.data.step);
    // @ts-expect-error: a status is no number.
    const status: number = job.status;
    // @ts-expect-error: there is no such preset.
    await client.submit({ preset: 'other' });
    console.log(status, new ApiError(404, {}).code);
  `;
  await writeFile(path.join(folder, 'a.ts'), program);
  const settings = {
    module: 'NodeNext',
    target: 'ES2023',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  };
  const typeRoots = [path.join(root, 'node_modules', '@types')];
  await writeFile(path.join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...settings, typeRoots } }));
  const compiler = path.join(root, 'node_modules/typescript/bin/tsc');
  expect(() => execFileSync(process.execPath, [compiler, '-p', '.'], { cwd: folder, encoding: 'utf8' })).not.toThrow();
});
