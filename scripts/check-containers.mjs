/**
 * Checks the container files without a container engine: the Dockerfile with hadolint, docker-compose.yml against the
 * schema of the compose specification.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCacheEntry } from './setup/cache-entry.mjs';
import { runCommand } from './setup/command.mjs';
import { explainFailures } from './setup/failures.mjs';
import { sha256OfFile } from './setup/file-record.mjs';
import { runProgram } from './setup/program.mjs';
import { stage } from './setup/progress.mjs';
import { readSetting } from './setup/setting.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { findPython, runPip } from './setup/wheel.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const requirements = join(root, 'scripts', 'setup', 'wheels', 'container-linters.txt');
const need = { purpose: 'to fetch the linters of the container files', alternative: 'leave this check to CI' };

await runCommand(async () => {
  const { env, cacheFolder } = readSetting({ root, env: process.env });
  const linters = await explainFailures(root, () => installLinters(cacheFolder, env));
  const environment = { ...env, PYTHONPATH: linters };
  const schema = ['-m', 'check_jsonschema', '--builtin-schema', 'vendor.compose-spec', 'docker-compose.yml'];
  await lint('Dockerfile', join(linters, 'bin', 'hadolint'), ['--no-color', 'Dockerfile'], environment);
  await lint('docker-compose.yml', findPython(env, need), schema, environment);
});

/**
 * @param {string} cacheFolder
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} A folder for PYTHONPATH, with the programs in `bin`.
 */
async function installLinters(cacheFolder, env) {
  const target = join(cacheFolder, 'linters', (await sha256OfFile(requirements)).slice(0, 16));
  const fill = (/** @type {string} */ folder) => pipInstall(folder, env);
  // Python packages may write into their own folders later: only the programs are watched.
  await ensureCacheEntry(cacheFolder, target, fill, (name) => name.startsWith('bin'));
  return target;
}

/**
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 */
async function pipInstall(folder, env) {
  const parameters = ['install', '--quiet', '--target', folder, '--requirement', requirements];
  const { exitCode, output } = await stage('installing hadolint and check-jsonschema', () =>
    runPip(parameters, { cwd: root, env, need }),
  );
  if (exitCode !== 0) throw new SetupError(`pip could not install the linters:\n${output.trimEnd()}`);
}

/**
 * @param {string} file
 * @param {string} program
 * @param {readonly string[]} parameters
 * @param {NodeJS.ProcessEnv} env
 */
async function lint(file, program, parameters, env) {
  const { exitCode, output } = await runProgram(program, parameters, { cwd: root, env });
  process.stdout.write(exitCode === 0 ? `${file} is in order\n` : output);
  if (exitCode !== 0) process.exitCode = 1;
}
