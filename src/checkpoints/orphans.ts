/**
 * Removes what nobody will ever ask for again: checkpoint folders of jobs that are not there, and what crashes left half-written.
 *
 * A Redis that was emptied or replaced by mistake makes every job look gone. So Redis and the folder carry the same random identity from the day when both were empty, and nothing is removed
 * unless they agree before a sweep and once more before its first removal; and nothing is removed that was written to within a day, as by a job newer than a backup that was put back.
 */
import { randomUUID } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { ensureFolder, replaceFile } from '../platform/files/disk.ts';
import { currentVersion, ensureReadable } from '../platform/versions.ts';
import { discard, JobFolders } from './folders.ts';

const identityFile = '.identity';
const defaultGraceMs = 24 * 60 * 60 * 1000;

/** The identity that Redis carries. */
export interface Identity {
  read(): Promise<string | null>;
  /** Sets it unless it is set; returns what it is then. */
  claim(id: string): Promise<string>;
}

export class OrphanSweep {
  readonly #folders: JobFolders;
  readonly #identity: Identity;
  readonly #graceMs: number;

  constructor(root: string, identity: Identity, graceMs = defaultGraceMs) {
    this.#folders = new JobFolders(root);
    this.#identity = identity;
    this.#graceMs = graceMs;
  }

  /**
   * Removes what is older than the grace period; returns the paths.
   * @param isJob whether Redis knows the job.
   */
  async sweep(isJob: (id: string) => Promise<boolean>): Promise<string[]> {
    if (!(await this.#belongsTogether())) return [];
    const orphans: string[] = [];
    const candidates = await this.#folders.leftovers();
    for (const job of await this.#folders.jobs()) {
      candidates.push(...((await isJob(job)) ? await this.#folders.leftovers(job) : [this.#folders.ofJob(job)]));
    }
    for (const candidate of candidates) if (await this.#isOld(candidate)) orphans.push(candidate);
    if (orphans.length === 0 || !(await this.#belongsTogether())) return [];
    for (const orphan of orphans) await discard(orphan);
    return orphans;
  }

  /** Whether this Redis and this folder grew up together. Two that meet while the folder has no jobs yet do from now on. */
  async #belongsTogether(): Promise<boolean> {
    const ours = await this.#read();
    const theirs = await this.#identity.read();
    if (ours !== null && theirs !== null) return ours === theirs;
    if ((await this.#folders.jobs()).length > 0) return false;
    const agreed = await this.#identity.claim(ours ?? randomUUID());
    await ensureFolder(this.#folders.root);
    await replaceFile(this.#file, JSON.stringify({ version: currentVersion, id: agreed }));
    return true;
  }

  get #file(): string {
    return path.join(this.#folders.root, identityFile);
  }

  /** @throws UnsupportedVersionError, so that nothing is removed. */
  async #read(): Promise<string | null> {
    const text = await readFile(this.#file, 'utf8').catch((error) => {
      if (error.code === 'ENOENT') return null;
      throw error;
    });
    // The file held the bare identity before there were versions.
    if (text === null || !text.startsWith('{')) return text;
    const parsed = JSON.parse(text) as { version: number; id: string };
    ensureReadable(`${identityFile} of the checkpoints`, parsed);
    return parsed.id;
  }

  async #isOld(file: string): Promise<boolean> {
    const age = await stat(file).then(
      ({ mtimeMs }) => Date.now() - mtimeMs,
      () => 0,
    );
    return age > this.#graceMs;
  }
}
