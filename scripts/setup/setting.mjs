/**
 * Where the setup works and what it is asked for: read once from the command line and the environment, then passed to every part.
 */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { engineParts } from './engines.mjs';
import { SetupError } from './setup-error.mjs';

/**
 * @typedef {object} Setting
 * @property {string} root The clone: the folder with package.json.
 * @property {string} cacheFolder What all clones of a user share: libraries, bindings, redis-server, locks.
 * @property {NodeJS.ProcessEnv} env
 * @property {string} platform As in `linux-x64`: the kind of system and of processor, in Node's words.
 * @property {readonly string[]} engines The engines to prepare.
 * @property {boolean} insistsOnEngines They were named, so that one which cannot be had ends the setup; otherwise it goes on without.
 * @property {'wheel' | 'official'} tensorflowSource PyPI's wheel, or the older library that the npm package downloads for itself.
 * @property {boolean} needsRedis Whether a redis-server on this machine will be started.
 * @property {boolean} needsBuild Whether dist is wanted.
 */

const knownEngines = Object.keys(engineParts);

/**
 * @param {object} request
 * @param {string} request.root
 * @param {NodeJS.ProcessEnv} request.env
 * @param {string} [request.engines] Comma-separated; wins over LOOKBACK_ENGINES.
 * @param {boolean} [request.withRedis]
 * @param {boolean} [request.withBuild]
 * @returns {Setting}
 */
export function readSetting({ root, env, engines, withRedis = true, withBuild = true }) {
  const namedEngines = engines || env.LOOKBACK_ENGINES;
  const cacheHome = env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache');
  return {
    root,
    env,
    cacheFolder: join(resolve(cacheHome), 'lookback'),
    platform: `${process.platform}-${process.arch}`,
    engines: namedEngines ? readEngines(namedEngines) : knownEngines,
    insistsOnEngines: Boolean(namedEngines),
    tensorflowSource: readTensorflowSource(env.LOOKBACK_TENSORFLOW || 'wheel'),
    needsRedis: withRedis && !env.REDIS_URL,
    needsBuild: withBuild,
  };
}

/**
 * @param {string} text
 * @returns {string[]}
 */
function readEngines(text) {
  const engines = text.split(',').map((name) => name.trim());
  const unknown = engines.find((name) => !knownEngines.includes(name));
  if (unknown !== undefined) {
    throw new SetupError(`LOOKBACK_ENGINES names ${JSON.stringify(unknown)}; it takes ${knownEngines.join(' or ')}.`);
  }
  return engines;
}

/**
 * @param {string} text
 * @returns {'wheel' | 'official'}
 */
function readTensorflowSource(text) {
  if (text === 'wheel' || text === 'official') return text;
  throw new SetupError(`LOOKBACK_TENSORFLOW is ${JSON.stringify(text)}; it takes "wheel" or "official".`);
}
