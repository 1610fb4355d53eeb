/**
 * What has to be compiled of the project's own TensorFlow ops (src/engine/tensorflow/kernels): every source once, the
 * arithmetic once for each instruction set of the processor.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} CompiledUnit
 * @property {string} source
 * @property {readonly string[]} parameters The compiler's.
 * @property {string} object The file name of what comes of it.
 */

const common = ['-O3', '-fno-math-errno', '-fno-trapping-math'];
const arithmetic = 'arithmetic.cc';

/** The vectors of each instruction set, and as many rows of sums as its registers hold. */
const instructionSets = {
  x64: [
    { name: 'portable', lanes: 4, tileRows: 4, flags: [] },
    { name: 'avx2', lanes: 8, tileRows: 6, flags: ['-mavx2', '-mfma'] },
    { name: 'avx512', lanes: 16, tileRows: 8, flags: ['-mavx512f', '-mfma', '-mprefer-vector-width=512'] },
  ],
  arm64: [{ name: 'portable', lanes: 4, tileRows: 8, flags: [] }],
};

/**
 * @param {string} root
 * @param {string} platform As in `linux-x64`.
 * @returns {CompiledUnit[]}
 */
export function kernelUnits(root, platform) {
  const sets = platform.endsWith('-arm64') ? instructionSets.arm64 : instructionSets.x64;
  return kernelFiles(root, '.cc').flatMap((name) => {
    const source = join(kernelFolder(root), name);
    if (name !== arithmetic) return [{ source, parameters: common, object: `${name}.o` }];
    return sets.map(({ name: set, lanes, tileRows, flags }) => {
      const definitions = [`-DINSTRUCTION_SET=${set}`, `-DLANES=${lanes}`, `-DTILE_ROWS=${tileRows}`];
      return { source, parameters: [...common, ...definitions, ...flags], object: `${name}.${set}.o` };
    });
  });
}

/**
 * Changes with the sources, so that a binding made from others is not taken for theirs.
 *
 * @param {string} root
 */
export function kernelVersion(root) {
  const hash = createHash('sha256');
  for (const name of kernelFiles(root, ''))
    hash.update(`${name}\n`).update(readFileSync(join(kernelFolder(root), name)));
  return hash.digest('hex').slice(0, 12);
}

/** @param {string} root */
const kernelFolder = (root) => join(root, 'src', 'engine', 'tensorflow', 'kernels');

/**
 * @param {string} root
 * @param {string} ending
 */
const kernelFiles = (root, ending) =>
  readdirSync(kernelFolder(root))
    .filter((name) => name.endsWith(ending))
    .sort();
