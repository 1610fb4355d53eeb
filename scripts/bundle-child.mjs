/**
 * Bundles what the process of a run loads into few files: a worker starts such a process for each run, and every module
 * of its own costs 0.7 ms of that start. The modules stay in the build as well, for everyone else. `node
 * scripts/bundle-child.mjs BUILD`: the folder that tsc has compiled to.
 */
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

const root = fileURLToPath(new URL('..', import.meta.url));
const build = process.argv[2];
const target = join(build, 'bundles', 'child');

const bundle = await rolldown({
  // From the sources, so that its source map names them.
  input: join(root, 'workers', 'child', 'child.ts'),
  platform: 'node',
  external: [/^@tensorflow\//],
  // Modules that one place imports at once and another later simply come at once.
  checks: { ineffectiveDynamicImport: false },
});
await bundle.write({ dir: target, format: 'esm', sourcemap: true });
await bundle.close();

// What the modules look for beside themselves.
for (const name of ['simd.wasm', 'simd-shared.wasm', 'helper-thread.mjs']) {
  await copyFile(join(build, 'src', 'engine', 'simd', name), join(target, name));
}
