/**
 * Gives the npm package tfjs-node its native half: a current TensorFlow from PyPI's wheel and the binding compiled
 * against it, with this project's ops, both kept in the cache and put into the clone.
 */
import { existsSync, readFileSync } from 'node:fs';
import {
  access,
  constants,
  copyFile,
  cp,
  mkdir,
  readFile,
  readlink,
  rename,
  rm,
  statfs,
  symlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { compileBinding, findCompiler } from './binding.mjs';
import { ensureCacheEntry } from './cache-entry.mjs';
import { isComplete } from './file-record.mjs';
import { kernelVersion } from './kernels.mjs';
import { say, stage } from './progress.mjs';
import { SetupError, UnavailableHere } from './setup-error.mjs';
import { findPython, pinnedWheel, unpackWheel } from './wheel.mjs';

/**
 * @import { Setting } from './setting.mjs'
 * @import { Wheel } from './wheel.mjs'
 */

const version = '2.21.0';
const alternative = 'set LOOKBACK_ENGINES=simd to do without TensorFlow';
const need = { purpose: 'to fetch TensorFlow', alternative };
const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'];
/** What the binding and the project's ops include, below the wheel's include folder. */
const headers = [
  'tensorflow/c/',
  'tensorflow/core/common_runtime/next_pluggable_device/c/',
  'tensorflow/core/platform/ctstring',
  'tsl/platform/ctstring',
  'tsl/platform/platform.h',
  'xla/tsl/c/',
];
/** Counts the changes of what is taken out of the wheel: an entry of the cache with less is none. */
const selection = 2;
/** The wheel, what is taken out of it, and some air. */
const bytesNeeded = 1.3e9;

/** pip's name of each platform that has a wheel here. */
const pipPlatforms = { 'linux-x64': 'manylinux_2_27_x86_64', 'linux-arm64': 'manylinux_2_27_aarch64' };

/**
 * @param {string} platform
 * @returns {Wheel}
 */
export function tensorflowWheel(platform) {
  const wheel = pinnedWheel('tensorflow', platform, pipPlatforms);
  if (wheel !== undefined) return wheel;
  const known = Object.keys(pipPlatforms).join(' and ');
  throw new UnavailableHere(
    `this set-up has a TensorFlow for ${known} with glibc, not for this machine (${platform}); LOOKBACK_TENSORFLOW=official tries the older one that tfjs-node downloads`,
  );
}

/**
 * Whether the clone's tfjs-node already has its native half, undamaged.
 *
 * @param {Setting} setting
 */
export async function hasTensorflow(setting) {
  const places = placesOf(setting);
  for (const name of libraries) {
    const target = await readlink(join(places.packageLibraries, name)).catch(() => undefined);
    if (target !== join(places.libraries, name)) return false;
  }
  if (!(await isComplete(places.librariesEntry)) || !(await isComplete(places.bindingEntry))) return false;
  const installed = await readFile(places.packageBinding).catch(() => undefined);
  return installed?.equals(await readFile(places.binding)) ?? false;
}

/**
 * Fills the cache where something is missing, then links it into the clone.
 *
 * @param {Setting} setting
 * @param {(platform: string) => Wheel} [wheelFor]
 * @throws {SetupError} A tool or disk space is missing, or the wheel is not the pinned one.
 * @throws {UnavailableHere} The platform or the network does not let us have TensorFlow.
 */
export async function prepareTensorflow(setting, wheelFor = tensorflowWheel) {
  const wheel = wheelFor(setting.platform);
  const places = placesOf(setting);
  // Found out before the download: that the packages belong to another user.
  await access(existingFolder(places.packageLibraries), constants.W_OK);
  await ensureCacheEntry(setting.cacheFolder, places.librariesEntry, async (folder) => {
    // Both are looked for here, so that a missing compiler is reported before the download.
    findCompiler(setting.env, alternative);
    findPython(setting.env, need);
    await requireSpace(setting.cacheFolder);
    await stage(`downloading TensorFlow ${version} from PyPI (270 MB, once for all clones)`, () =>
      unpackWheel(wheel, { into: folder, prefixes: membersWanted(), env: setting.env, need }),
    );
  });
  await ensureCacheEntry(setting.cacheFolder, places.bindingEntry, async (folder) => {
    const compiler = findCompiler(setting.env, alternative);
    await stage('compiling the binding of tfjs-node', () =>
      compileBinding({ compiler, setting, tensorflow: places.libraries, libraries, folder, name: bindingName }),
    );
  });
  await installIntoPackage(places);
  say(`TensorFlow ${version} is linked into tfjs-node`);
}

/**
 * @param {string} folder
 * @returns {string} The folder, or the nearest above it that is there.
 */
function existingFolder(folder) {
  return existsSync(folder) ? folder : existingFolder(dirname(folder));
}

/**
 * Takes the native half of tfjs-node over into a tree of packages that is about to replace another, where both have the same version of it.
 *
 * @param {string} from A node_modules.
 * @param {string} to
 */
export async function carryNativeHalf(from, to) {
  const [old, replacement] = [from, to].map((tree) => join(tree, '@tensorflow', 'tfjs-node'));
  const versions = await Promise.all([old, replacement].map(versionIn));
  if (versions[0] === undefined || versions[0] !== versions[1]) return;
  for (const part of [join('deps', 'lib'), join('lib', 'napi-v8')].filter((name) => existsSync(join(old, name)))) {
    await cp(join(old, part), join(replacement, part), { recursive: true, force: false, verbatimSymlinks: true });
  }
}

/** @param {string} folder Of a package. */
async function versionIn(folder) {
  const manifest = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined);
  return manifest && JSON.parse(manifest).version;
}

const bindingName = 'tfjs_binding.node';

const membersWanted = () => [
  ...libraries.map((name) => `tensorflow/${name}`),
  ...headers.map((path) => `tensorflow/include/${path}`),
];

/**
 * Where everything lies: two entries in the cache, and their counterparts in the clone's node_modules.
 *
 * @param {Setting} setting
 */
function placesOf({ root, cacheFolder, platform }) {
  const packageFolder = join(root, 'node_modules', '@tensorflow', 'tfjs-node');
  const versionOf = (/** @type {string} */ name) =>
    JSON.parse(readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8')).version;
  const librariesEntry = join(cacheFolder, 'tensorflow', `${version}-${platform}-${selection}`);
  const made = `${versionOf('@tensorflow/tfjs-node')}-headers-${versionOf('node-api-headers')}-kernels-${kernelVersion(root)}`;
  const bindingEntry = join(cacheFolder, 'tfjs-binding', `${made}-tensorflow-${version}-${platform}`);
  return {
    librariesEntry,
    libraries: join(librariesEntry, 'tensorflow'),
    bindingEntry,
    binding: join(bindingEntry, bindingName),
    packageLibraries: join(packageFolder, 'deps', 'lib'),
    packageBinding: join(packageFolder, 'lib', 'napi-v8', bindingName),
  };
}

/** @param {string} folder */
async function requireSpace(folder) {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize < bytesNeeded) {
    throw new SetupError(
      `TensorFlow needs ${bytesNeeded / 1e9} GB in ${folder}, and ${((bavail * bsize) / 1e9).toFixed(1)} GB are free: make room, set XDG_CACHE_HOME to another disk, or ${alternative}.`,
    );
  }
}

/**
 * The libraries as links, for they are large; the binding as a copy, for it looks for them relative to itself.
 *
 * @param {ReturnType<typeof placesOf>} places
 */
async function installIntoPackage(places) {
  await mkdir(places.packageLibraries, { recursive: true });
  await mkdir(dirname(places.packageBinding), { recursive: true });
  for (const name of libraries) {
    await replace(join(places.packageLibraries, name), (path) => symlink(join(places.libraries, name), path));
  }
  await replace(places.packageBinding, (path) => copyFile(places.binding, path));
}

/**
 * Makes a file under another name and renames it into place.
 *
 * @param {string} path
 * @param {(temporary: string) => Promise<void>} make
 */
async function replace(path, make) {
  const temporary = `${path}.${process.pid}.tmp`;
  await rm(temporary, { force: true });
  await make(temporary);
  await rename(temporary, path);
}
