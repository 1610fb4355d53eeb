/**
 * Compiles the service into dist when its sources changed since the last build.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { replaceFile } from './file-record.mjs';
import { runProgram } from './program.mjs';
import { stage } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

const sourceFolders = ['src', 'workers', 'bench', 'chaos'];
const otherSources = [
  'package.json',
  'tsconfig.json',
  'scripts/setup/build.mjs',
  'scripts/build-simd.mjs',
  'scripts/bundle-child.mjs',
];

/** What makes up dist, in order: a further step of the build is a line here, and its inputs belong to the sources above. */
const steps = [compileTypescript, copyAssets, buildSimd, bundleChild];

/** @param {string} root */
export async function isBuilt(root) {
  try {
    return readFileSync(stampFile(root), 'utf8') === (await hashOfSources(root));
  } catch {
    return false;
  }
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
export async function build(root, env) {
  await stage('building dist', async () => {
    const hash = await hashOfSources(root);
    await rm(join(root, 'dist'), { recursive: true, force: true });
    for (const step of steps) await step(root, env);
    await replaceFile(stampFile(root), hash);
  });
}

/** @param {string} root */
const stampFile = (root) => join(root, 'dist', '.sources.sha256');

/** @param {string} root */
async function hashOfSources(root) {
  const hash = createHash('sha256');
  const files = [...(await sourcesOf(root)), ...otherSources.filter((name) => existsSync(join(root, name)))];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @returns {Promise<string[]>} Paths relative to the root, sorted.
 */
async function sourcesOf(root) {
  const files = [];
  for (const folder of sourceFolders.filter((name) => existsSync(join(root, name)))) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.push(join(entry.parentPath, entry.name).slice(root.length + 1));
    }
  }
  return files.sort();
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
async function compileTypescript(root, env) {
  await runNode([join(root, 'node_modules', 'typescript', 'bin', 'tsc')], root, env);
}

/**
 * What is read at run time and is not compiled (Lua, HTML, CSS) lies in dist as it lies in the sources.
 *
 * @param {string} root
 */
async function copyAssets(root) {
  const isAsset = (/** @type {string} */ file) => !/(\.ts|\.cc|\.h|tsconfig\.json)$/.test(file);
  for (const file of (await sourcesOf(root)).filter(isAsset)) {
    const target = join(root, 'dist', file);
    await mkdir(dirname(target), { recursive: true });
    await copyFile(join(root, file), target);
  }
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
async function buildSimd(root, env) {
  await runScript('build-simd.mjs', root, env);
}

/**
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
async function bundleChild(root, env) {
  await runScript('bundle-child.mjs', root, env);
}

/**
 * @param {string} name
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
async function runScript(name, root, env) {
  const script = join(root, 'scripts', name);
  if (existsSync(script)) await runNode([script], root, env);
}

/**
 * @param {readonly string[]} parameters
 * @param {string} root
 * @param {NodeJS.ProcessEnv} env
 */
async function runNode(parameters, root, env) {
  const { exitCode, output } = await runProgram(process.execPath, parameters, { cwd: root, env });
  if (exitCode !== 0) throw new SetupError(`${parameters[0]} failed:\n${output.trimEnd()}`);
}
