/**
 * Whether there is room on the disk, found out by writing: free space alone knows nothing of quotas, permissions or a
 * disk that was mounted read-only.
 */
import { randomBytes } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import path from 'node:path';
import { ensureFolder } from '../../platform/files/disk.ts';
import { isOutOfRoom } from '../failure.ts';

const chunkBytes = 1 << 20;

/** Whether a file of so many bytes can be written and synced in `folder`; it is gone afterwards. */
export async function hasRoom(folder: string, bytes: number): Promise<boolean> {
  const file = path.join(folder, `.room-${randomBytes(6).toString('hex')}.tmp`);
  try {
    await ensureFolder(folder);
    await writeRandom(file, bytes);
    return true;
  } catch (error) {
    if (isOutOfRoom(error)) return false;
    throw error;
  } finally {
    await rm(file, { force: true }).catch(() => {});
  }
}

/** Random, so that a file system that compresses needs the room as well. */
async function writeRandom(file: string, bytes: number): Promise<void> {
  const handle = await open(file, 'wx');
  try {
    for (let left = bytes; left > 0; left -= chunkBytes) await handle.write(randomBytes(Math.min(left, chunkBytes)));
    await handle.sync();
  } finally {
    await handle.close();
  }
}
