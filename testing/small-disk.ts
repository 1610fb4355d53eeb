/**
 * A small disk for the checkpoints, to be filled up and emptied again: a tmpfs of its own, which needs the right to mount one.
 */
import { execFileSync } from 'node:child_process';
import { mkdtemp, open, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

const chunk = Buffer.alloc(1 << 20);

export class SmallDisk {
  readonly folder: string;
  readonly #bytes: number;
  readonly #unmount: () => void;

  private constructor(folder: string, bytes: number) {
    this.folder = folder;
    this.#bytes = bytes;
    this.#unmount = () => execFileSync('umount', ['--lazy', folder]);
    // Even when the run breaks off, no mount stays behind.
    process.once('exit', this.#unmount);
  }

  /** @returns the reason, where there cannot be one. */
  static async mount(mebibytes: number): Promise<SmallDisk | string> {
    if (process.getuid?.() !== 0) return 'mounting a tmpfs needs root';
    const folder = await mkdtemp(path.join(tmpdir(), 'lookback-disk-'));
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m`, 'tmpfs', folder], { stdio: 'pipe' });
      return new SmallDisk(folder, mebibytes * 2 ** 20);
    } catch (error) {
      await rm(folder, { recursive: true });
      return `a tmpfs cannot be mounted: ${(error as Error).message.trim()}`;
    }
  }

  /** Remounts it; no file on it may be open for writing when it becomes read-only. */
  async remount(mode: 'ro' | 'rw'): Promise<void> {
    execFileSync('mount', ['-o', `remount,${mode}`, this.folder], { stdio: 'pipe' });
  }

  /** Takes all the room that is left. @throws where it is mounted no more: the room would be that of the machine. */
  async fill(): Promise<void> {
    const { bsize, blocks } = await statfs(this.folder);
    if (bsize * blocks > this.#bytes) throw new Error(`${this.folder} is no small disk any more.`);
    const ballast = await open(this.#ballast, 'a');
    try {
      for (;;) await ballast.write(chunk);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      await ballast.close();
    }
  }

  async free(): Promise<void> {
    await rm(this.#ballast, { force: true });
  }

  async close(): Promise<void> {
    process.off('exit', this.#unmount);
    this.#unmount();
    await rm(this.folder, { recursive: true, force: true });
  }

  get #ballast(): string {
    return path.join(this.folder, 'ballast');
  }
}
