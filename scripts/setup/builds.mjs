/**
 * Where builds lie: each whole in a folder of its own below `.builds`, and `dist` is a link to the current one, which
 * is replaced in one step. A process loads its modules from the folder that `dist` named when it started, so a later
 * build changes nothing for it.
 */
import { lstatSync, readdirSync, statSync } from 'node:fs';
import { mkdir, readlink, rename, rm, symlink, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { isAlive } from './program.mjs';

/** In each build: a file for each process that runs from it, named PID@HOST. src/platform/process/build-use.ts writes them. */
const usersName = '.users';
const partialPrefix = '.partial-';
/** A process that has just started has not yet marked its build; nothing is removed sooner after it was replaced. */
const keptAfterReplacementMs = 10 * 60_000;

/** @param {string} root */
const buildsFolder = (root) => join(root, '.builds');

/**
 * Makes a build beside the others and points `dist` at it when it is complete. Where a build of that name is there already, it is taken.
 *
 * @param {string} root
 * @param {string} name
 * @param {(folder: string) => Promise<void>} fill Writes the build into an empty folder.
 */
export async function publishBuild(root, name, fill) {
  const target = join(buildsFolder(root), name);
  if (!isThere(target)) {
    const partial = join(buildsFolder(root), `${partialPrefix}${name}-${process.pid}`);
    await rm(partial, { recursive: true, force: true });
    await mkdir(join(partial, usersName), { recursive: true });
    try {
      await fill(partial);
      // Somebody else may have made the same build in the meantime.
      if (!isThere(target)) await rename(partial, target);
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }
  await pointDist(root, name);
  await removeUnused(root, name);
}

/**
 * @param {string} root
 * @param {string} name
 */
async function pointDist(root, name) {
  const dist = join(root, 'dist');
  const previous = await readlink(dist).catch(() => undefined);
  // What no link names is from before there were links.
  if (previous === undefined && isThere(dist)) {
    const kept = join(buildsFolder(root), `before-${Date.now()}`);
    await rename(dist, kept);
    await touch(kept);
  }
  const link = `${dist}.${process.pid}.tmp`;
  await rm(link, { force: true });
  await symlink(join('.builds', name), link);
  await rename(link, dist);
  if (previous === undefined || basename(previous) === name) return;
  await touch(join(buildsFolder(root), basename(previous)));
}

/**
 * Writes down when a build was replaced: its time counts from now on.
 *
 * @param {string} folder
 */
async function touch(folder) {
  if (isThere(folder)) await utimes(folder, new Date(), new Date());
}

/**
 * Removes the builds that were replaced some time ago and that no process uses.
 *
 * @param {string} root
 * @param {string} current
 */
async function removeUnused(root, current) {
  for (const name of readdirSync(buildsFolder(root))) {
    const folder = join(buildsFolder(root), name);
    if (name === current || ageMs(folder) < keptAfterReplacementMs || isInUse(folder)) continue;
    await rm(folder, { recursive: true, force: true });
  }
}

/** @param {string} folder */
function ageMs(folder) {
  const state = statSync(folder, { throwIfNoEntry: false });
  return state ? Date.now() - state.mtimeMs : 0;
}

/**
 * Whether a process runs from this build; one of another machine counts, for nobody here can ask it.
 *
 * @param {string} folder
 */
function isInUse(folder) {
  const users = join(folder, usersName);
  return (
    isThere(users) &&
    readdirSync(users).some((mark) => {
      const [pid, host] = mark.split('@');
      return host !== hostname() || isAlive(Number(pid));
    })
  );
}

/** @param {string} path */
const isThere = (path) => lstatSync(path, { throwIfNoEntry: false }) !== undefined;
