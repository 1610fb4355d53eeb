/**
 * Whether a folder lies on a disk of this machine, where a look at a file that was looked at before is one call of the
 * system and waits for nobody; on a network it may wait for as long as that is away.
 */
import { statfsSync } from 'node:fs';

/** Magic numbers of `statfs(2)`, of Linux: what is not among them may be anywhere. */
const localTypes = new Set([
  0xef53, // ext2, ext3, ext4
  0x58465342, // XFS
  0x9123683e, // Btrfs
  0xf2f52010, // F2FS
  0x2fc12fc1, // ZFS
  0x01021994, // tmpfs
  0x794c7630, // overlayfs: the layers of a container
]);

/** @returns undefined: there is no such folder yet. */
export function isOnLocalDisk(folder: string): boolean | undefined {
  try {
    return localTypes.has(statfsSync(folder).type);
  } catch {
    return undefined;
  }
}
