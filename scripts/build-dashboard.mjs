/**
 * Bundles the page of `src/dashboard` with Vite: `node scripts/build-dashboard.mjs FOLDER`. Each file is written
 * compressed as well, so that the service need not do it for each request.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import { build } from 'vite';

const root = fileURLToPath(new URL('../src/dashboard', import.meta.url));
const folder = process.argv[2];

await build({
  root,
  // It may be served under a path of a proxy.
  base: './',
  configFile: false,
  logLevel: 'warn',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    outDir: folder,
    emptyOutDir: true,
    assetsDir: 'assets',
    // The Content-Security-Policy allows no `data:`.
    assetsInlineLimit: 0,
    target: ['es2022', 'chrome111', 'firefox114', 'safari16.4'],
    modulePreload: { polyfill: false },
  },
});

const compress = {
  br: (/** @type {Buffer} */ bytes) =>
    promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } }),
  gz: (/** @type {Buffer} */ bytes) => promisify(gzip)(bytes, { level: constants.Z_BEST_COMPRESSION }),
};

for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = join(entry.parentPath, entry.name);
  const bytes = await readFile(file);
  for (const [ending, compressed] of Object.entries(compress))
    await writeFile(`${file}.${ending}`, await compressed(bytes));
}
