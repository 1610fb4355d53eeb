/**
 * Takes out of node_modules, in an image, what is never loaded there: declarations, source maps, prose, and the
 * builds of TensorFlow.js for browsers and bundlers, which are nine tenths of it, and those of h5wasm, two thirds.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const packages = join(dirname(dirname(fileURLToPath(import.meta.url))), 'node_modules');
const neverLoaded = /\.(map|md|markdown|[cm]?ts|tsx|flow)$|_test\.js$/i;
const licence = /^(licen[cs]e|notice|copying)/i;

for (const file of await filesIn(packages)) {
  if (neverLoaded.test(file) && !licence.test(nameOf(file))) await rm(file);
}
await keepWhatNodeLoads(join(packages, '@tensorflow'));
// The library is in each of its three builds; the one that `h5wasm` means runs in Node as well.
for (const unused of ['iife', 'node'])
  await rm(join(packages, 'h5wasm', 'dist', unused), { recursive: true, force: true });
await rm(join(packages, 'h5wasm', 'test'), { recursive: true, force: true });

/**
 * Each package of TensorFlow.js is one file for Node, beside many for others; the binding's has all of its own.
 *
 * @param {string} scope
 */
async function keepWhatNodeLoads(scope) {
  if (!existsSync(scope)) return;
  for (const name of await readdir(scope)) {
    const folder = join(scope, name);
    const { main } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
    const isLoaded = main.endsWith('.node.js')
      ? (/** @type {string} */ path) => path === main
      : (/** @type {string} */ path) => /^(dist|lib|deps|node_modules)\//.test(path);
    for (const file of await filesIn(folder)) {
      const path = relative(folder, file);
      if (path !== 'package.json' && !licence.test(nameOf(path)) && !isLoaded(path)) await rm(file);
    }
  }
}

/**
 * @param {string} folder
 * @returns {Promise<string[]>} Regular files and links, at any depth.
 */
async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

/** @param {string} path */
function nameOf(path) {
  return path.slice(path.lastIndexOf('/') + 1);
}
