/**
 * The whole setup in its order: packages, TensorFlow, Redis, build; each part only when it is not there yet.
 */
import { build, isBuilt } from './build.mjs';
import { hasDependencies, installDependencies } from './dependencies.mjs';
import { explainFailures } from './failures.mjs';
import { withLock } from './lock.mjs';
import { say } from './progress.mjs';
import { findRedisServer, prepareRedis } from './redis.mjs';
import { SetupError, UnavailableHere } from './setup-error.mjs';
import { hasTensorflow, prepareTensorflow } from './tensorflow.mjs';
import { hasOfficialTensorflow, prepareOfficialTensorflow } from './tensorflow-official.mjs';

/** @import { Setting } from './setting.mjs' */

const oldestNode = [20, 19];

/**
 * Makes the clone ready to run.
 *
 * @param {Setting} setting
 * @returns {Promise<{ redisServer: string | undefined }>} The redis-server to start, where one is needed.
 * @throws {SetupError} Something is missing that only the user can bring.
 */
export async function prepare(setting) {
  requireNode();
  return explainFailures(setting.root, async () => {
    if (!(await isReady(setting))) await withLock(setting.cacheFolder, setting.root, () => prepareParts(setting));
    return { redisServer: setting.needsRedis ? await findRedisServer(setting) : undefined };
  });
}

function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    throw new SetupError(
      `Node ${oldestNode.join('.')} or newer is needed, and this is ${process.versions.node}: see https://nodejs.org.`,
    );
  }
}

/** @param {Setting} setting */
async function isReady(setting) {
  return (
    hasDependencies(setting.root) &&
    (!setting.needsBuild || (await isBuilt(setting.root))) &&
    (!setting.engines.includes('tensorflow') || (await isTensorflowReady(setting))) &&
    (!setting.needsRedis || (await findRedisServer(setting)) !== undefined)
  );
}

/** @param {Setting} setting */
async function prepareParts(setting) {
  if (!hasDependencies(setting.root)) await installDependencies(setting.root, setting.env);
  if (setting.engines.includes('tensorflow') && !(await isTensorflowReady(setting))) await tryTensorflow(setting);
  if (setting.needsRedis && (await findRedisServer(setting)) === undefined) await prepareRedis(setting);
  if (setting.needsBuild && !(await isBuilt(setting.root))) await build(setting.root, setting.env);
}

/** @param {Setting} setting */
async function isTensorflowReady(setting) {
  return setting.tensorflowSource === 'official' ? hasOfficialTensorflow(setting) : hasTensorflow(setting);
}

/** @param {Setting} setting */
async function tryTensorflow(setting) {
  try {
    await (setting.tensorflowSource === 'official' ? prepareOfficialTensorflow(setting) : prepareTensorflow(setting));
  } catch (error) {
    if (!(error instanceof UnavailableHere)) throw error;
    if (setting.insistsOnEngines) {
      throw new SetupError(`TensorFlow was asked for and is not available: ${error.message}.`, { cause: error });
    }
    say(`TensorFlow is not available: ${error.message}.`);
    say(
      'Jobs with "engine": "tensorflow" will be refused; everything else works. LOOKBACK_ENGINES=simd spares this attempt.',
    );
  }
}
