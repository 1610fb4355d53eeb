/**
 * Compiles the service into dist when its sources changed since the last build: beside what is there, which running
 * processes go on to use (builds.mjs).
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { publishBuild } from './builds.mjs';
import { causeIn, failureOf } from './failures.mjs';
import { runProgram } from './program.mjs';
import { stage } from './progress.mjs';
import { SetupError } from './setup-error.mjs';

const sourceFolders = ['src', 'workers', 'bench', 'chaos', 'testing'];
const otherSources = [
  'package.json',
  // Bundles have packages in them.
  'package-lock.json',
  'tsconfig.json',
  'scripts/setup/build.mjs',
  'scripts/setup/builds.mjs',
  'scripts/build-simd.mjs',
  'scripts/bundle-child.mjs',
  'scripts/bundle-client.mjs',
  'scripts/build-dashboard.mjs',
];

/**
 * @typedef {object} Target
 * @property {string} root The clone.
 * @property {string} folder Where the build is made.
 * @property {NodeJS.ProcessEnv} env
 */

/** What makes up a build, in order: a further step is a line here, and its inputs belong to the sources above. */
const steps = [buildSimd, compileTypescript, copyAssets, bundleChild, bundleClient, bundleDashboard];

const stampName = '.sources.sha256';

/** @param {string} root */
export async function isBuilt(root) {
  try {
    return readFileSync(join(root, 'dist', stampName), 'utf8') === (await hashOfSources(root));
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
    await publishBuild(root, hash.slice(0, 16), async (folder) => {
      for (const step of steps) await step({ root, folder, env });
      await writeFile(join(folder, stampName), hash);
    });
  });
}

/** @param {string} root */
async function hashOfSources(root) {
  const hash = createHash('sha256');
  const files = [
    ...(await filesOf(root)).filter((file) => !isGenerated(file)),
    ...otherSources.filter((name) => existsSync(join(root, name))),
  ];
  for (const file of files) hash.update(`${file}\0`).update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/**
 * What scripts/build-simd.mjs puts among the sources.
 *
 * @param {string} file
 */
const isGenerated = (file) => file.endsWith('.wasm');

/**
 * @param {string} root
 * @returns {Promise<string[]>} Paths relative to the root, sorted.
 */
async function filesOf(root) {
  const files = [];
  for (const folder of sourceFolders.filter((name) => existsSync(join(root, name)))) {
    for (const entry of await readdir(join(root, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) files.push(join(entry.parentPath, entry.name).slice(root.length + 1));
    }
  }
  return files.sort();
}

/** @param {Target} target */
async function buildSimd(target) {
  await runScript('build-simd.mjs', [], target);
}

/** @param {Target} target */
async function compileTypescript(target) {
  const compiler = join(target.root, 'node_modules', 'typescript', 'bin', 'tsc');
  await runNode([compiler, '--outDir', target.folder], target);
}

/**
 * What is read at run time and is not compiled (Lua, WebAssembly) lies in the build as it lies in the sources.
 *
 * @param {Target} target
 */
async function copyAssets({ root, folder }) {
  const isAsset = (/** @type {string} */ file) =>
    !/(^src\/dashboard\/|\.ts|\.cc|\.h|tsconfig\.json|\.wasm\.\d+\.wasm)$/.test(file);
  for (const file of (await filesOf(root)).filter(isAsset)) {
    const copy = join(folder, file);
    await mkdir(dirname(copy), { recursive: true });
    await copyFile(join(root, file), copy);
  }
}

/** @param {Target} target */
async function bundleChild(target) {
  await runScript('bundle-child.mjs', [target.folder], target);
}

/** @param {Target} target */
async function bundleClient(target) {
  await runScript('bundle-client.mjs', [target.folder], target);
}

/** @param {Target} target */
async function bundleDashboard(target) {
  await runScript('build-dashboard.mjs', [join(target.folder, 'src', 'dashboard')], target);
}

/**
 * @param {string} name
 * @param {readonly string[]} parameters
 * @param {Target} target
 */
async function runScript(name, parameters, target) {
  const script = join(target.root, 'scripts', name);
  if (existsSync(script)) await runNode([script, ...parameters], target);
}

/**
 * @param {readonly string[]} parameters
 * @param {Target} target
 */
async function runNode(parameters, { root, folder, env }) {
  const { exitCode, output } = await runProgram(process.execPath, parameters, { cwd: root, env });
  if (exitCode === 0) return;
  if (causeIn(output)?.name === 'room') throw failureOf(parameters[0], output, { folder });
  throw new SetupError(`${parameters[0]} failed:\n${output.trimEnd()}`);
}
