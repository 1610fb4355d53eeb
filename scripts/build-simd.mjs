/**
 * Compiles the engine `simd` (src/engine/simd/assembly, AssemblyScript) to lstm.wasm, beside its TypeScript sources and beside their compiled form: src/engine/simd/module.ts loads it from its own
 * folder in both cases. Does nothing when the result is newer than every source. Run by `npm run build` and before the tests.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'src/engine/simd/assembly');
const target = join(root, 'src/engine/simd/lstm.wasm');
const published = join(root, 'dist/src/engine/simd/lstm.wasm');

const options = [
  ...['--enable', 'simd', '-O3', '--noAssert', '--runtime', 'stub'],
  // No imports: nothing here throws.
  ...['--use', 'abort='],
  ...['--initialMemory', '1', '--maximumMemory', '65536'],
];

/** Builds what is missing or out of date. Also vitest's global set-up. */
export default async function buildSimd() {
  if (isOutdated(target, inputs())) await compile();
  if (isOutdated(published, [target])) {
    mkdirSync(join(published, '..'), { recursive: true });
    copyFileSync(target, published);
  }
}

async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  // Renamed when complete: another process may be about to load it.
  const written = `${target}.${process.pid}.wasm`;
  const { error, stderr } = await asc.main([join(sources, 'index.ts'), '--outFile', written, ...options]);
  if (error) throw new Error(`The engine "simd" does not compile.\n${stderr.toString()}`, { cause: error });
  renameSync(written, target);
}

/** All that the result depends on. */
function inputs() {
  const compiler = join(root, 'node_modules/assemblyscript/package.json');
  const files = readdirSync(sources).filter((name) => name.endsWith('.ts'));
  return [...files.map((name) => join(sources, name)), fileURLToPath(import.meta.url), compiler];
}

/**
 * @param {string} file
 * @param {string[]} origins
 */
function isOutdated(file, origins) {
  return !existsSync(file) || origins.some((origin) => statSync(origin).mtimeMs > statSync(file).mtimeMs);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildSimd();
