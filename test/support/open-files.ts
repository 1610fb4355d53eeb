/**
 * What this process has open.
 */
import { readdir, readlink } from 'node:fs/promises';

/** Files of a job that this process has open. */
export async function openFilesOf(id: string): Promise<string[]> {
  const links = await Promise.all(
    (await readdir('/proc/self/fd')).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')),
  );
  return links.filter((link) => link.includes(id));
}
