/**
 * Opens the files of a group that is a folder, all of the same folder.
 */
import { type FileHandle, stat } from 'node:fs/promises';
import path from 'node:path';
import { nullIfMissing } from '../../platform/files/disk.ts';
import { openRegular } from '../../platform/files/regular-file.ts';
import { OpenFiles } from './open-files.ts';

/** When the folder was moved away or replaced before all were open, they are opened again. */
export async function openFolder(folder: string, names: readonly string[]): Promise<OpenFiles> {
  for (;;) {
    const before = await identityOf(folder);
    const opened = await openOnce(folder, names);
    if (names.every((name) => opened.has(name)) || (await identityOf(folder)) === before) return opened;
    await opened.close();
  }
}

async function openOnce(folder: string, names: readonly string[]): Promise<OpenFiles> {
  const handles = new Map<string, FileHandle>();
  const opened = new OpenFiles(handles);
  try {
    for (const name of names) {
      const handle = await openRegular(path.join(folder, name));
      if (handle) handles.set(name, handle);
    }
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Another folder under the same name has another; null: there is none. */
async function identityOf(folder: string): Promise<string | null> {
  const found = await stat(folder, { bigint: true }).catch(nullIfMissing);
  return found && `${found.dev}:${found.ino}`;
}
