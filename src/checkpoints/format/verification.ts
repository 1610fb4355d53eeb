/**
 * Reads files in pieces: a checkpoint of any size is verified, or sent, without being in memory as a whole and without
 * holding the event loop.
 */
import { createHash } from 'node:crypto';
import { CorruptCheckpointError } from '../../platform/errors.ts';
import type { Groups, OpenGroup } from '../../storage/blob-store.ts';
import type { Key } from '../../storage/key.ts';
import type { Manifest } from './checkpoint.ts';
import { checkpointFiles } from './files.ts';
import { ensureThere, manifestOf } from './reading.ts';

/** Less than a millisecond of hashing. */
const pieceBytes = 2 ** 17;

/** Each piece is a buffer of its own. A file that is shorter than `bytes` ends early. */
async function* piecesOf(group: OpenGroup, name: string, bytes: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes; ) {
    const piece = Buffer.allocUnsafe(Math.min(pieceBytes, bytes - at));
    const bytesRead = await group.readAt(name, piece, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield piece.subarray(0, bytesRead);
  }
}

/**
 * The pieces of a file; the last one comes when all of them have been verified, so that whoever has the whole file has
 * a right one.
 * @throws CorruptCheckpointError in the place of the last one, if they are not those that the manifest names.
 */
export async function* verifiedPieces(manifest: Manifest, name: string, group: OpenGroup): AsyncGenerator<Uint8Array> {
  const expected = manifest.files[name];
  const hash = createHash('sha256');
  let bytes = 0;
  let last: Uint8Array | undefined;
  // One byte more than there should be, so that a longer file is noticed.
  for await (const piece of piecesOf(group, name, (expected?.bytes ?? 0) + 1)) {
    hash.update(piece);
    bytes += piece.length;
    if (last) yield last;
    last = piece;
  }
  if (!expected || bytes !== expected.bytes || hash.digest('hex') !== expected.sha256) {
    throw new CorruptCheckpointError(`${name} of step ${manifest.step} is not the file that the manifest names.`);
  }
  if (last) yield last;
}

/** The manifest of a checkpoint every byte of which is right. @throws NotFoundError, UnsupportedVersionError, CorruptCheckpointError */
export function verifyWhole(blobs: Groups, key: Key): Promise<Manifest> {
  return blobs.withGroup(key, checkpointFiles, async (group) => {
    const { manifest } = await manifestOf(blobs, key, group);
    for (const name of Object.keys(manifest.files)) {
      ensureThere(key, group, name);
      for await (const _ of verifiedPieces(manifest, name, group)) await undefined;
    }
    return manifest;
  });
}
