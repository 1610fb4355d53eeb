/**
 * A clone in a temporary folder that is just large enough for the setup: a tfjs-node and kernels of a few lines of C++,
 * which ask "TensorFlow" for a number.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

export const projectRoot = resolve(import.meta.dirname, '../..');
const require = createRequire(import.meta.url);

const bindingSource = `
#include <node_api.h>
#include "tensorflow/c/c_api.h"
int kernels();
napi_value init(napi_env env, napi_value exports) {
  napi_value answer;
  napi_create_int32(env, TF_Answer() + kernels(), &answer);
  return answer;
}
NAPI_MODULE(tfjs_binding, init)
`;

/** Arithmetic that is compiled once for each instruction set, and what tells that it was. */
const kernelSources = {
  'arithmetic.cc': 'namespace INSTRUCTION_SET { extern const int lanes = LANES; }',
  'lstm.cc': 'namespace portable { extern const int lanes; } int kernels() { return portable::lanes; }',
};

/** A folder that is gone when the test is over. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lookback-setup-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeFiles(folder: string, files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
}

export function makeCloneWithTfjs(): string {
  const root = temporaryFolder();
  const tfjs = 'node_modules/@tensorflow/tfjs-node';
  writeFiles(root, {
    [`${tfjs}/package.json`]: '{"version": "4.22.0"}',
    [`${tfjs}/binding/binding.cc`]: bindingSource,
  });
  writeFiles(join(root, 'src/engine/tensorflow/kernels'), kernelSources);
  symlinkSync(join(projectRoot, 'node_modules/node-api-headers'), join(root, 'node_modules/node-api-headers'));
  return root;
}

/** What the compiled binding of that clone answers: it only loads if it finds the libraries beside it. */
export function askBinding(root: string): number {
  return require(join(root, 'node_modules/@tensorflow/tfjs-node/lib/napi-v8/tfjs_binding.node'));
}

/** The files of a "TensorFlow" wheel whose library answers 38: the fake binding adds the 4 lanes of the portable kernels. */
export function tensorflowFiles(): Record<string, string | Buffer> {
  const folder = temporaryFolder();
  const library = join(folder, 'libtensorflow_cc.so.2');
  writeFileSync(join(folder, 'answer.cc'), 'extern "C" int TF_Answer() { return 38; }');
  execFileSync('g++', [
    '-shared',
    '-fPIC',
    `-Wl,-soname,libtensorflow_cc.so.2`,
    '-o',
    library,
    join(folder, 'answer.cc'),
  ]);
  return {
    'tensorflow/libtensorflow_cc.so.2': readFileSync(library),
    'tensorflow/libtensorflow_framework.so.2': readFileSync(library),
    'tensorflow/include/tensorflow/c/c_api.h': 'extern "C" int TF_Answer();',
    'tensorflow/python/of-no-use.py': 'print()',
  };
}

/** A PATH on which only these programs of the machine are found. */
export function pathWithOnly(...programs: string[]): string {
  const folder = temporaryFolder();
  for (const program of programs) symlinkSync(placeOf(program), join(folder, program));
  return folder;
}

function placeOf(program: string): string {
  // What is called python3 may be a script of a version manager, which needs a PATH of its own.
  const question = program === 'python3' ? "python3 -c 'import sys; print(sys.executable)'" : `command -v ${program}`;
  return execFileSync('sh', ['-c', question], { encoding: 'utf8' }).trim();
}
