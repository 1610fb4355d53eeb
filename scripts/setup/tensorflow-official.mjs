/**
 * The other way to TensorFlow, on request: the install script of tfjs-node itself, which downloads TensorFlow 2.9.1 and
 * a binding from the project's storage bucket.
 */
import { lstatSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { findProgram, runProgram } from './program.mjs';
import { stage } from './progress.mjs';
import { UnavailableHere } from './setup-error.mjs';

/** @param {{ root: string }} setting */
export function hasOfficialTensorflow({ root }) {
  const folder = packageFolder(root);
  const extension = process.platform === 'darwin' ? '2.dylib' : 'so.2';
  return (
    isThere(join(folder, 'lib', 'napi-v8', 'tfjs_binding.node')) &&
    isThere(join(folder, 'deps', 'lib', `libtensorflow.${extension}`)) &&
    !isThere(join(folder, 'deps', 'lib', 'libtensorflow_cc.so.2'))
  );
}

/**
 * @param {{ root: string, env: NodeJS.ProcessEnv }} setting
 * @throws {UnavailableHere} The script failed.
 */
export async function prepareOfficialTensorflow({ root, env }) {
  for (const part of ['deps', 'lib']) await rm(join(packageFolder(root), part), { recursive: true, force: true });
  const parameters = [
    'rebuild',
    '@tensorflow/tfjs-node',
    '--ignore-scripts=false',
    '--foreground-scripts',
    '--loglevel=warn',
  ];
  const { exitCode, output } = await stage('running the install script of tfjs-node (TensorFlow 2.9.1)', () =>
    runProgram(findProgram('npm', env) ?? 'npm', parameters, { cwd: root, env }),
  );
  if (exitCode === 0 && hasOfficialTensorflow({ root })) return;
  throw new UnavailableHere(`the install script of tfjs-node failed:\n${output.trimEnd()}`);
}

/** @param {string} root */
const packageFolder = (root) => join(root, 'node_modules', '@tensorflow', 'tfjs-node');

/** @param {string} path */
const isThere = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
