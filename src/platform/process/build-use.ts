/**
 * Tells later builds that this process runs from the build that it was loaded from: they remove no build in use (scripts/setup/builds.mjs).
 */
import { writeFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Where there is no such folder (sources, an image) or it cannot be written, nobody builds over this process. */
const codesOfNoMark = ['ENOENT', 'EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'];

/** The mark counts while a process of this number is alive. */
export function markBuildInUse(): void {
  try {
    writeFileSync(new URL(`../../../.users/${process.pid}@${hostname()}`, import.meta.url), '');
  } catch (error) {
    if (!codesOfNoMark.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}
