/**
 * File operations that outlast a crash: what is written is on the disk when the call returns, and what is replaced is replaced in one step.
 */
import { randomBytes } from 'node:crypto';
import { open, rename } from 'node:fs/promises';

/** Writes a new file and syncs it. @param mode its permissions, without those that the process' mask takes away. */
export async function writeSynced(file: string, content: string | Uint8Array, mode = 0o666): Promise<void> {
  const handle = await open(file, 'wx', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Makes what was created or renamed in a folder last. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Replaces a small file in one step. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const temporary = aside(file, 'tmp');
  await writeSynced(temporary, text);
  await rename(temporary, file);
}

/** A name beside `target` that nobody else has. */
export function aside(target: string, ending: 'tmp' | 'old'): string {
  return `${target}.${randomBytes(6).toString('hex')}.${ending}`;
}

/** For `readdir(…).catch`: a folder that is not there holds nothing. */
export function emptyIfMissing(error: NodeJS.ErrnoException): never[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
