/**
 * Reads a checkpoint as a whole: every file is held to the manifest, and the manifest to its own checksum, so that a
 * changed byte anywhere is noticed.
 */
import { CorruptCheckpointError, NotFoundError } from '../../platform/errors.ts';
import type { Groups, OpenGroup } from '../../storage/blob-store.ts';
import { type Key, nameOf } from '../../storage/key.ts';
import { decodeManifest, type Files, type Manifest, verifyFile } from './checkpoint.ts';
import { checkpointFiles, manifestFile } from './files.ts';

/** Many times what a manifest takes. */
const manifestBytesAtMost = 2 ** 20;

export interface WholeCheckpoint {
  manifest: Manifest;
  files: Files;
}

/**
 * All files of a checkpoint, verified. They are opened before any is read: one that is removed or replaced meanwhile is
 * still read as what it was.
 * @throws NotFoundError when there is none, UnsupportedVersionError when a newer Lookback wrote it,
 *   CorruptCheckpointError when it is not what its manifest says.
 */
export function readWhole(blobs: Groups, key: Key): Promise<WholeCheckpoint> {
  return blobs.withGroup(key, checkpointFiles, async (group) => {
    const { manifest, manifestBytes } = await manifestOf(blobs, key, group);
    const files: Files = { [manifestFile]: manifestBytes };
    for (const name of Object.keys(manifest.files)) {
      ensureThere(key, group, name);
      files[name] = await group.read(name, manifest.files[name].bytes);
      verifyFile(manifest, name, files[name]);
    }
    return { manifest, files };
  });
}

/** The manifest of an open checkpoint, held to its own checksum. @throws as `readWhole` */
export async function manifestOf(
  blobs: Groups,
  key: Key,
  group: OpenGroup,
): Promise<{ manifest: Manifest; manifestBytes: Uint8Array }> {
  if (!group.has(manifestFile)) throw await whyMissing(blobs, key);
  const manifestBytes = await group.read(manifestFile, manifestBytesAtMost);
  return { manifest: decodeManifest(manifestBytes), manifestBytes };
}

/** The manifest alone, held to its own checksum. @throws NotFoundError, UnsupportedVersionError, CorruptCheckpointError */
export function readManifest(blobs: Groups, key: Key): Promise<Manifest> {
  return blobs.withGroup(key, [manifestFile], async (group) => (await manifestOf(blobs, key, group)).manifest);
}

/** @throws CorruptCheckpointError when there is no such file. */
export function ensureThere(key: Key, group: OpenGroup, name: string): void {
  if (!group.has(name)) throw new CorruptCheckpointError(`${name} of ${nameOf(key)} is missing, or no regular file.`);
}

/** Changes when any file of the checkpoint is written to or replaced. */
export function signatureOf(blobs: Groups, key: Key): Promise<string> {
  return blobs.signatureOf(key, checkpointFiles);
}

/** What is read of a checkpoint; if that is damaged, it is taken out of use. */
export async function orMarkDamaged<T>(blobs: Groups, key: Key, reading: Promise<T>): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof CorruptCheckpointError) await markCheckpointDamaged(blobs, key);
    throw error;
  }
}

/** Takes a damaged checkpoint out of use, and leaves it to be looked at, unless a whole one has replaced it meanwhile. */
function markCheckpointDamaged(blobs: Groups, key: Key): Promise<void> {
  return blobs.markDamaged(key, (damaged) => readWhole(blobs, damaged));
}

async function whyMissing(blobs: Groups, key: Key): Promise<Error> {
  switch (await blobs.stateOf(key)) {
    case 'whole':
      return new CorruptCheckpointError(`${manifestFile} of ${nameOf(key)} is missing, or no regular file.`);
    case 'damaged':
      return new CorruptCheckpointError(`${nameOf(key)} is damaged.`);
    case 'missing':
      return new NotFoundError('checkpoint', nameOf(key).replace('step-', ''));
  }
}
