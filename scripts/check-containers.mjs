/**
 * Checks the container files without a container engine: the Dockerfile with hadolint, docker-compose.yml against the schema of the compose specification.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCacheEntry } from './setup/cache-entry.mjs';
import { sha256OfFile } from './setup/file-record.mjs';
import { runProgram } from './setup/program.mjs';
import { say, stage } from './setup/progress.mjs';
import { readSetting } from './setup/setting.mjs';
import { SetupError } from './setup/setup-error.mjs';
import { findPython } from './setup/wheel.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const requirements = join(root, 'scripts', 'setup', 'wheels', 'container-linters.txt');

try {
  const { env, cacheFolder } = readSetting({ root, env: process.env });
  const python = await findPython(env, 'to fetch the linters of the container files', 'leave this check to CI');
  const linters = await installLinters(python, cacheFolder, env);
  const environment = { ...env, PYTHONPATH: linters };
  const schema = ['-m', 'check_jsonschema', '--builtin-schema', 'vendor.compose-spec', 'docker-compose.yml'];
  await lint('Dockerfile', join(linters, 'bin', 'hadolint'), ['--no-color', 'Dockerfile'], environment);
  await lint('docker-compose.yml', python, schema, environment);
} catch (error) {
  if (!(error instanceof SetupError)) throw error;
  say(error.message);
  process.exitCode = 1;
}

/**
 * @param {string} python
 * @param {string} cacheFolder
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string>} A folder for PYTHONPATH, with the programs in `bin`.
 */
async function installLinters(python, cacheFolder, env) {
  const target = join(cacheFolder, 'linters', (await sha256OfFile(requirements)).slice(0, 16));
  const fill = (/** @type {string} */ folder) => pipInstall(python, folder, env);
  // Python packages may write into their own folders later: only the programs are watched.
  await ensureCacheEntry(cacheFolder, target, fill, (name) => name.startsWith('bin'));
  return target;
}

/**
 * @param {string} python
 * @param {string} folder
 * @param {NodeJS.ProcessEnv} env
 */
async function pipInstall(python, folder, env) {
  const parameters = ['-m', 'pip', 'install', '--quiet', '--target', folder, '--requirement', requirements];
  const { exitCode, output } = await stage('installing hadolint and check-jsonschema', () =>
    runProgram(python, parameters, { cwd: root, env }),
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
