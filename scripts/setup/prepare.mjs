/**
 * The whole setup in its order: packages, TensorFlow, Redis, build; each part only when it is not there yet.
 */
import { build, isBuilt } from './build.mjs';
import { hasDependencies, installDependencies } from './dependencies.mjs';
import { engineParts } from './engines.mjs';
import { explainFailures } from './failures.mjs';
import { withLock } from './lock.mjs';
import { say } from './progress.mjs';
import { findRedisServer, prepareRedis } from './redis.mjs';
import { SetupError, UnavailableHere } from './setup-error.mjs';

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
    (await unreadyEngines(setting)).length === 0 &&
    (!setting.needsRedis || (await findRedisServer(setting)) !== undefined)
  );
}

/** @param {Setting} setting */
async function prepareParts(setting) {
  if (!hasDependencies(setting.root)) await installDependencies(setting.root, setting.env);
  for (const name of await unreadyEngines(setting)) await tryEngine(name, setting);
  if (setting.needsRedis && (await findRedisServer(setting)) === undefined) await prepareRedis(setting);
  if (setting.needsBuild && !(await isBuilt(setting.root))) await build(setting.root, setting.env);
}

/**
 * Of the engines that are wanted, those that lack something.
 *
 * @param {Setting} setting
 */
async function unreadyEngines(setting) {
  const isReady = await Promise.all(setting.engines.map((name) => engineParts[name].isReady(setting)));
  return setting.engines.filter((_, index) => !isReady[index]);
}

/**
 * @param {string} name
 * @param {Setting} setting
 */
async function tryEngine(name, setting) {
  const { title, prepare } = engineParts[name];
  try {
    await prepare(setting);
  } catch (error) {
    if (!(error instanceof UnavailableHere)) throw error;
    if (setting.insistsOnEngines) {
      throw new SetupError(`${title} was asked for and is not available: ${error.message}.`, { cause: error });
    }
    const others = setting.engines.filter((other) => other !== name).join();
    say(`${title} is not available: ${error.message}.`);
    say(
      `Jobs with "engine": "${name}" will be refused; everything else works. LOOKBACK_ENGINES=${others} spares this attempt.`,
    );
  }
}
