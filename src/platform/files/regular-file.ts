/**
 * Opens files that somebody else may have put there: what is no regular file (a folder, a pipe, a socket, a device) is
 * never waited for, and never read.
 */
import { constants } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import { nullIfMissing } from './disk.ts';

/** Opening a pipe waits for its other end otherwise, and holds one of the few threads that Node has for files. */
const withoutWaiting = constants.O_RDONLY | constants.O_NONBLOCK;

/** null: there is nothing, or what is there is no regular file. A symbolic link to one is taken for the file. The caller closes it. */
export async function openRegular(file: string): Promise<FileHandle | null> {
  const handle = await open(file, withoutWaiting).catch((error) => nullIfNoFile(file, error));
  if (!handle) return null;
  try {
    if ((await handle.stat()).isFile()) return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
  await handle.close();
  return null;
}

/** All of a regular file; null as in `openRegular`. */
export async function readRegular(file: string): Promise<Buffer | null> {
  const handle = await openRegular(file);
  if (!handle) return null;
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Sockets and some devices cannot even be opened, nor can links that lead to themselves. */
async function nullIfNoFile(file: string, error: NodeJS.ErrnoException): Promise<null> {
  if (error.code === 'ELOOP') return null;
  const found = await stat(file).catch(() => null);
  return found && !found.isFile() ? null : nullIfMissing(error);
}
