/**
 * Bundles what the process of a run loads into few files: a worker starts such a process for each run, and every module of its own costs 0.7 ms of that start. The modules stay in dist as well, for everyone else.
 */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const target = join(dist, 'workers', 'child');

const bundle = await rolldown({
  input: join(dist, 'workers', 'child.js'),
  platform: 'node',
  external: [/^@tensorflow\//],
  // Modules that one place imports at once and another later simply come at once.
  checks: { ineffectiveDynamicImport: false },
});
await bundle.write({ dir: target, format: 'esm', sourcemap: true });
await bundle.close();

// What the modules look for beside themselves.
for (const name of ['lstm.wasm', 'lstm-shared.wasm', 'helper-thread.mjs']) {
  await copyFile(join(dist, 'src', 'engine', 'simd', name), join(target, name));
}
