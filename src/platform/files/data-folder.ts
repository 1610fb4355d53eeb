/**
 * The data folder and its parts: made, closed to other users, and found usable before anything is put there.
 */
import { access, chmod, constants, mkdir, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { UnavailableError } from '../errors.ts';

/** Where the embedded Redis keeps what it keeps. */
export const redisFolder = 'redis';

/** Nobody but the user of the service, and root, reads what jobs were submitted, trained on and have learned. */
const ownMode = 0o700;

/**
 * Makes the data folder and some parts of it where they are not there, and takes the rights of other users from the parts that are.
 * @throws UnavailableError that says what is in the way, and what to do.
 */
export async function prepareFolders(data: string, parts: readonly string[]): Promise<void> {
  const inside = parts.map((part) => path.join(data, part));
  for (const folder of [data, ...inside]) {
    try {
      await makeFolder(folder);
      await access(folder, constants.R_OK | constants.W_OK | constants.X_OK);
    } catch (error) {
      throw await whatIsInTheWay(folder, error as NodeJS.ErrnoException);
    }
  }
  for (const folder of inside) await closeToOthers(folder);
}

/**
 * Makes a folder and those around it where they are not there, one after the other: asked to make several at once, Node
 * never comes back from a file system that takes none, as /proc.
 */
async function makeFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => null);
  if (found?.isDirectory()) return;
  const parent = path.dirname(folder);
  if (parent !== folder && found === null) await makeFolder(parent);
  await mkdir(folder, { mode: ownMode }).catch(async (error: NodeJS.ErrnoException) => {
    // Another process, as a worker that starts beside this one, may have been faster.
    const isThere = await stat(folder).then(
      (state) => state.isDirectory(),
      () => false,
    );
    if (!isThere) throw error;
  });
}

/** Only the owner of a folder can; on a volume that another user made it stays as that user wants it. */
async function closeToOthers(folder: string): Promise<void> {
  const { mode, uid } = await stat(folder);
  if ((mode & 0o077) === 0 || uid !== process.getuid?.()) return;
  await chmod(folder, ownMode);
}

async function whatIsInTheWay(folder: string, cause: NodeJS.ErrnoException): Promise<UnavailableError> {
  const standing = await nearestThere(folder);
  const elsewhere = 'set LOOKBACK_DATA to another folder';
  if (!(await stat(standing)).isDirectory()) {
    return new UnavailableError(
      `The data folder ${folder} cannot be made: ${standing} is a file. Remove it, or ${elsewhere}.`,
      cause,
    );
  }
  // Node reports a read-only disk as a missing folder when it makes several at once; asked for itself it says so.
  const { code = '' } = await access(standing, constants.W_OK).then(
    () => cause,
    (error: NodeJS.ErrnoException) => error,
  );
  if (code === 'EROFS') {
    return new UnavailableError(
      `The data folder ${folder} is on a read-only disk: make it writable, or ${elsewhere}.`,
      cause,
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    // Root is refused where no owner can change it: by a file system of the system's own, or of another machine.
    if (process.getuid?.() === 0) {
      return new UnavailableError(
        `The data folder ${folder} cannot be written: ${standing} refuses it to root, too (${code}). Set LOOKBACK_DATA to another folder.`,
        cause,
      );
    }
    const user = userName();
    return new UnavailableError(
      `The data folder ${folder} cannot be written: the user ${user} has no permission for ${standing}. Give it (chown ${user} ${standing}), or ${elsewhere}.`,
      cause,
    );
  }
  if (code === 'ENOENT') {
    return new UnavailableError(
      `The data folder ${folder} cannot be made: ${standing} takes no folders (${code}). Set LOOKBACK_DATA to another folder.`,
      cause,
    );
  }
  return new UnavailableError(
    `The data folder ${folder} cannot be used: ${cause.message}. Mend that, or ${elsewhere}.`,
    cause,
  );
}

/** A user without an entry in passwd, as containers often have one, is known by number; chown takes that as well. */
function userName(): string {
  try {
    return os.userInfo().username;
  } catch {
    return String(process.getuid?.());
  }
}

/** The folder itself, or the innermost one around it that is there. */
async function nearestThere(folder: string): Promise<string> {
  const found = await stat(folder).catch(() => null);
  const parent = path.dirname(folder);
  return found || parent === folder ? folder : nearestThere(parent);
}
