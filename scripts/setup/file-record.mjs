/**
 * The record that closes a finished folder of the cache: size, time and SHA-256 of its files, by which a half-written
 * or damaged one is told cheaply.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';

const recordName = 'complete.json';

/** @typedef {{ size: number, mtimeMs: number, sha256: string }} FileRecord */

/**
 * Records the files of the folder as they are now; the record has to be the last file written.
 *
 * @param {string} folder
 * @param {(name: string) => boolean} isWatched Told the path within the folder.
 */
export async function writeRecord(folder, isWatched) {
  /** @type {Record<string, FileRecord>} */
  const files = {};
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path);
    if (!entry.isFile() || !isWatched(name)) continue;
    const { size, mtimeMs } = await stat(path);
    files[name] = { size, mtimeMs, sha256: await sha256OfFile(path) };
  }
  await replaceFile(join(folder, recordName), `${JSON.stringify({ files }, null, 2)}\n`);
}

/**
 * Whether the folder is complete: every recorded file has its size and its time, or, where the time differs, its hash.
 *
 * @param {string} folder
 */
export async function isComplete(folder) {
  /** @type {{ files: Record<string, FileRecord> }} */
  let record;
  try {
    record = JSON.parse(await readFile(join(folder, recordName), 'utf8'));
    for (const [name, recorded] of Object.entries(record.files)) {
      if (!(await isUnchanged(join(folder, name), recorded))) return false;
    }
    return true;
  } catch {
    return false;
  }
}

/**
 * @param {string} file
 * @param {FileRecord} recorded
 */
async function isUnchanged(file, recorded) {
  const { size, mtimeMs } = await stat(file);
  if (size !== recorded.size) return false;
  return mtimeMs === recorded.mtimeMs || (await sha256OfFile(file)) === recorded.sha256;
}

/**
 * @param {string} file
 * @returns {Promise<string>}
 */
export async function sha256OfFile(file) {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk);
  return hash.digest('hex');
}

/**
 * Replaces a file in one step, so that a reader sees the old text or the new one.
 *
 * @param {string} file
 * @param {string} text
 */
export async function replaceFile(file, text) {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}
