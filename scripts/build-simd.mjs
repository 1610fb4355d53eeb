/**
 * Compiles the engine `simd` (src/engine/simd/assembly, AssemblyScript) to simd.wasm and simd-shared.wasm, beside its
 * TypeScript sources; a build copies them. src/engine/simd/module.ts loads them from its own folder in both cases. Does
 * nothing when the results are newer than every source. Run by `npm run build` and before the tests.
 */
import { existsSync, readdirSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const sources = join(root, 'src/engine/simd/assembly');
const folder = join(root, 'src/engine/simd');

const options = [
  ...['--enable', 'simd,threads', '-O3', '--noAssert', '--runtime', 'stub'],
  // Nothing here throws.
  ...['--use', 'abort='],
  // A thread that joins must not clear what is common to all: without this flag it would write zeros there.
  ...['--importMemory', '--zeroFilledMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
];

/** The same code for trainers of one thread and of several: in a memory that can be shared it takes 2 % longer. */
const builds = { 'simd.wasm': options, 'simd-shared.wasm': [...options, '--sharedMemory'] };

/** Builds what is missing or out of date. Also vitest's global set-up. */
export default async function buildSimd() {
  for (const [name, buildOptions] of Object.entries(builds)) {
    const target = join(folder, name);
    if (isOutdated(target, inputs())) await compile(target, buildOptions);
  }
}

/**
 * @param {string} target
 * @param {readonly string[]} buildOptions
 */
async function compile(target, buildOptions) {
  const { default: asc } = await import('assemblyscript/asc');
  // Renamed when complete: another process may be about to load it.
  const written = `${target}.${process.pid}.wasm`;
  const { error, stderr } = await asc.main([join(sources, 'index.ts'), '--outFile', written, ...buildOptions]);
  if (error) throw new Error(`The engine "simd" does not compile.\n${stderr.toString()}`, { cause: error });
  renameSync(written, target);
}

/** All that the result depends on. */
function inputs() {
  const compiler = join(root, 'node_modules/assemblyscript/package.json');
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
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
