/**
 * The native half of tfjs-node: from the wheel to a binding that loads, and what happens when something on the way is missing or broken.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { kernelUnits } from '../../scripts/setup/kernels.mjs';
import { readSetting } from '../../scripts/setup/setting.mjs';
import { SetupError, UnavailableHere } from '../../scripts/setup/setup-error.mjs';
import { hasTensorflow, prepareTensorflow, tensorflowWheel } from '../../scripts/setup/tensorflow.mjs';
import {
  askBinding,
  makeCloneWithTfjs,
  pathWithOnly,
  projectRoot,
  temporaryFolder,
  tensorflowFiles,
} from './fake-clone.ts';
import { FakePackageIndex } from './fake-package-index.ts';

const tools = process.env.PATH;

beforeEach(() => {
  vi.spyOn(process.stderr, 'write').mockReturnValue(true);
});

function makeScene(pin: 'right' | 'wrong' = 'right') {
  const folder = temporaryFolder();
  const index = new FakePackageIndex(folder);
  const wheel = index.publish('tensorflow_cpu', '2.21.0', tensorflowFiles(), pin);
  const settingOf = (root: string, path = tools) =>
    readSetting({ root, env: { ...process.env, ...index.env, PATH: path, XDG_CACHE_HOME: folder } });
  const root = makeCloneWithTfjs();
  return { folder, root, setting: settingOf(root), settingOf, wheelFor: () => wheel };
}

/** Folders and files of the cache's TensorFlow part. */
const cached = (folder: string) => {
  const place = join(folder, 'lookback', 'tensorflow');
  return existsSync(place) ? readdirSync(place) : [];
};

test('the libraries of the wheel and a binding compiled against them work in the clone', async () => {
  const { setting, root, wheelFor } = makeScene();
  expect(await hasTensorflow(setting)).toBe(false);
  await prepareTensorflow(setting, wheelFor);
  expect(await hasTensorflow(setting)).toBe(true);
  expect(askBinding(root)).toBe(42);
});

test('a second clone takes everything from the cache: it needs neither pip nor a compiler', async () => {
  const { setting, settingOf, wheelFor } = makeScene();
  await prepareTensorflow(setting, wheelFor);
  const second = makeCloneWithTfjs();
  await prepareTensorflow(settingOf(second, ''), wheelFor);
  expect(askBinding(second)).toBe(42);
});

test('what is put into the clone can be read by every user, even when its maker’s files are private', async () => {
  const { setting, folder, root, wheelFor } = makeScene();
  const umask = process.umask(0o077);
  onTestFinished(() => void process.umask(umask));
  await prepareTensorflow(setting, wheelFor);
  const places = ['tensorflow', 'tfjs-binding'].flatMap((name) => {
    const place = join(folder, 'lookback', name);
    return readdirSync(place, { recursive: true, encoding: 'utf8' }).map((file) => join(place, file));
  });
  expect(places.some((path) => path.endsWith('libtensorflow_cc.so.2'))).toBe(true);
  const isPrivate = (path: string) => {
    const state = statSync(path);
    const wanted = state.isDirectory() || state.mode & 0o100 ? 0o755 : 0o644;
    return (state.mode & 0o777) !== wanted;
  };
  const copied = join(root, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node');
  expect([...places, copied].filter(isPrivate)).toEqual([]);
});

test('a cache that an earlier set-up left private is opened to other users', async () => {
  const { setting, settingOf, folder, wheelFor } = makeScene();
  await prepareTensorflow(setting, wheelFor);
  const place = join(folder, 'lookback', 'tensorflow');
  const [entry] = readdirSync(place);
  chmodSync(join(place, entry), 0o700);
  await prepareTensorflow(settingOf(makeCloneWithTfjs()), wheelFor);
  expect(statSync(join(place, entry)).mode & 0o777).toBe(0o755);
});

test('kernels that have changed are compiled anew, and the binding of the others stays for its own clone', async () => {
  const { setting, root, settingOf, wheelFor } = makeScene();
  await prepareTensorflow(setting, wheelFor);
  const second = makeCloneWithTfjs();
  const source = join(second, 'src/engine/tensorflow/kernels/lstm.cc');
  writeFileSync(source, 'int kernels() { return 5; }');
  expect(await hasTensorflow(settingOf(second))).toBe(false);
  await prepareTensorflow(settingOf(second), wheelFor);
  expect(askBinding(second)).toBe(43);
  expect(askBinding(root)).toBe(42);
});

test('the project’s own kernels compile without a warning', () => {
  const library = 'node_modules/@tensorflow/tfjs-node/deps/lib/libtensorflow_cc.so.2';
  const headers = join(dirname(realpathSync(join(projectRoot, library))), 'include');
  const { platform } = readSetting({ root: projectRoot, env: process.env });
  for (const { source, parameters } of kernelUnits(projectRoot, platform)) {
    const checks = ['-std=c++17', '-Wall', '-Wextra', '-Werror', '-fsyntax-only', '-isystem', headers];
    execFileSync('g++', [...checks, ...parameters, source], { stdio: 'pipe' });
  }
});

test('kernels that do not compile are named with what the compiler says', async () => {
  const { setting, root, wheelFor } = makeScene();
  writeFileSync(join(root, 'src/engine/tensorflow/kernels/lstm.cc'), 'int kernels() { return five; }');
  const refusal = prepareTensorflow(setting, wheelFor);
  await expect(refusal).rejects.toThrow(SetupError);
  await expect(refusal).rejects.toThrow(/could not compile.*lstm\.cc.*five/s);
});

test('a wheel with another hash is refused and leaves nothing behind', async () => {
  const { setting, folder, wheelFor } = makeScene('wrong');
  const refusal = prepareTensorflow(setting, wheelFor);
  await expect(refusal).rejects.toThrow(SetupError);
  await expect(refusal).rejects.toThrow(/does not have the pinned SHA-256/);
  expect(cached(folder)).toEqual([]);
});

test.each([
  ['cut short', (file: string) => truncateSync(file, 100)],
  ['changed in place', (file: string) => writeFileSync(file, Buffer.alloc(readFileSync(file).length))],
])('a library of the cache that was %s is fetched again', async (_, damage) => {
  const { setting, folder, root, wheelFor } = makeScene();
  await prepareTensorflow(setting, wheelFor);
  const [entry] = cached(folder);
  damage(join(folder, 'lookback', 'tensorflow', entry, 'tensorflow', 'libtensorflow_cc.so.2'));
  expect(await hasTensorflow(setting)).toBe(false);
  await prepareTensorflow(setting, wheelFor);
  expect(await hasTensorflow(setting)).toBe(true);
  expect(askBinding(root)).toBe(42);
});

test('what a killed setup left half done is cleared away', async () => {
  const { setting, folder, wheelFor } = makeScene();
  const entry = `2.21.0-${setting.platform}-2`;
  for (const name of [entry, `${entry}.partial-AbCdEf`]) {
    mkdirSync(join(folder, 'lookback', 'tensorflow', name, 'tensorflow'), { recursive: true });
  }
  await prepareTensorflow(setting, wheelFor);
  expect(await hasTensorflow(setting)).toBe(true);
  expect(cached(folder)).toEqual([entry]);
});

test.each([
  ['no compiler', 'python3', /there is no g\+\+ on the PATH: install it \(.*apt-get install g\+\+/],
  ['no Python', 'g++', /there is no python3 on the PATH: install it \(.*apt-get install python3/],
])('with %s, one sentence names the remedy before anything is downloaded', async (_, present, sentence) => {
  const { root, settingOf, folder, wheelFor } = makeScene();
  const refusal = prepareTensorflow(settingOf(root, pathWithOnly(present)), wheelFor);
  await expect(refusal).rejects.toThrow(SetupError);
  await expect(refusal).rejects.toThrow(sentence);
  expect(cached(folder)).toEqual([]);
});

test('a Python without pip is told apart from no Python', async () => {
  const { root, settingOf, wheelFor } = makeScene();
  const path = pathWithOnly('g++', 'sh');
  writeFileSync(join(path, 'python3'), '#!/bin/sh\necho "No module named pip" >&2\nexit 1\n', { mode: 0o755 });
  await expect(prepareTensorflow(settingOf(root, path), wheelFor)).rejects.toThrow(/has none: install it/);
});

test('an index without the wheel, as without a network, makes TensorFlow unavailable and is no error of the user', async () => {
  const { root, settingOf, wheelFor } = makeScene();
  const setting = settingOf(root);
  setting.env.PIP_FIND_LINKS = temporaryFolder();
  await expect(prepareTensorflow(setting, wheelFor)).rejects.toThrow(UnavailableHere);
});

test('a platform without a wheel is unavailable, and the message names the other way', () => {
  expect(() => tensorflowWheel('darwin-arm64')).toThrow(UnavailableHere);
  expect(() => tensorflowWheel('darwin-arm64')).toThrow(/LOOKBACK_TENSORFLOW=official/);
});
