/**
 * Reads a checkpoint's folder as a whole: every file is held to the manifest, and the manifest to its own checksum, so that a changed byte anywhere is noticed.
 */
import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import path from 'node:path';
import { CorruptCheckpointError, NotFoundError } from '../../platform/errors.ts';
import { aside, withOpenFiles } from '../../platform/files/disk.ts';
import { damagedName, discard } from '../folders.ts';
import { decodeManifest, type Files, type Manifest, verifyFile } from './checkpoint.ts';
import { checkpointFiles, contentFiles, manifestFile } from './files.ts';

export interface WholeCheckpoint {
  manifest: Manifest;
  files: Files;
}

/**
 * All files of a checkpoint, verified. They are opened before any is read: a folder that is removed or replaced meanwhile is still read as what it was.
 * @throws NotFoundError when there is no such folder, UnsupportedVersionError when a newer Lookback wrote it, CorruptCheckpointError when it is not what its manifest says.
 */
export function readWhole(folder: string): Promise<WholeCheckpoint> {
  return withOpenFiles(async () => {
    const { manifest, manifestBytes, handleOf, close } = await openCheckpoint(folder);
    try {
      const files: Files = { [manifestFile]: manifestBytes };
      for (const name of Object.keys(manifest.files)) {
        files[name] = await handleOf(name).readFile();
        verifyFile(manifest, name, files[name]);
      }
      return { manifest, files };
    } finally {
      await close();
    }
  });
}

export interface OpenCheckpoint {
  manifest: Manifest;
  manifestBytes: Uint8Array;
  /** @throws CorruptCheckpointError when there is no such file. */
  handleOf(name: string): FileHandle;
  close(): Promise<void>;
}

/**
 * The files of a checkpoint, opened before any but the manifest is read.
 * @throws NotFoundError, UnsupportedVersionError, CorruptCheckpointError as `readWhole`.
 */
export async function openCheckpoint(folder: string): Promise<OpenCheckpoint> {
  const manifestHandle = await openFile(folder, manifestFile);
  const handles = new Map<string, FileHandle | null>([[manifestFile, manifestHandle]]);
  const close = async () => {
    for (const handle of handles.values()) await handle?.close();
  };
  const handleOf = (name: string) => {
    const handle = handles.get(name);
    if (!handle) throw new CorruptCheckpointError(`${name} of ${path.basename(folder)} is missing.`);
    return handle;
  };
  try {
    for (const name of contentFiles) handles.set(name, await openIfThere(folder, name));
    const manifestBytes = await manifestHandle.readFile();
    return { manifest: decodeManifest(manifestBytes), manifestBytes, handleOf, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The manifest alone, held to its own checksum. @throws NotFoundError, CorruptCheckpointError */
export function readManifest(folder: string): Promise<Manifest> {
  return withOpenFiles(async () => {
    const handle = await openFile(folder, manifestFile);
    try {
      return decodeManifest(await handle.readFile());
    } finally {
      await handle.close();
    }
  });
}

/** Changes when any file of the folder is written to or replaced. */
export async function signatureOf(folder: string): Promise<string> {
  const stats = await Promise.all(checkpointFiles.map((name) => stat(path.join(folder, name)).catch(() => null)));
  return stats.map((file) => (file ? `${file.ino} ${file.size} ${file.mtimeMs} ${file.ctimeMs}` : '-')).join('\n');
}

/** What is read of a folder; if that is damaged, it is taken out of use. */
export async function orMarkDamaged<T>(folder: string, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof CorruptCheckpointError) await markDamaged(folder);
    throw error;
  }
}

/**
 * Takes a damaged checkpoint out of use, and leaves it to be looked at. It is read once more under its new name, because it may have been replaced by a whole one since: that one goes back.
 * A disk that cannot be written leaves it where it is; it is found damaged again whenever it is read.
 */
export async function markDamaged(folder: string): Promise<void> {
  const damaged = damagedName(folder);
  const suspect = aside(folder, 'old');
  try {
    // First, so that one that was marked before is not lost to one that is no longer there.
    await rename(folder, suspect);
    await discard(damaged);
    await rename(suspect, damaged);
    await readWhole(damaged);
    await rename(damaged, folder);
  } catch {
    // Either it is as damaged as it was, or it cannot be renamed.
  }
}

async function openFile(folder: string, name: string): Promise<FileHandle> {
  try {
    return await open(path.join(folder, name), 'r');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    if (await exists(folder))
      throw new CorruptCheckpointError(`${name} of ${path.basename(folder)} is missing.`, error);
    if (await exists(damagedName(folder)))
      throw new CorruptCheckpointError(`${path.basename(folder)} is damaged.`, error);
    throw new NotFoundError('checkpoint', path.basename(folder).replace('step-', ''));
  }
}

async function openIfThere(folder: string, name: string): Promise<FileHandle | null> {
  return open(path.join(folder, name), 'r').catch(nullIfMissing);
}

async function exists(folder: string): Promise<boolean> {
  return (await stat(folder).catch(nullIfMissing)) !== null;
}

/** Only what is missing is missing: what cannot be opened for another reason may be whole. */
function nullIfMissing(error: NodeJS.ErrnoException): null {
  if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
  throw error;
}
