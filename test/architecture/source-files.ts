/**
 * The source files of the project and what they import, for the tests of its structure.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

export interface SourceFile {
  /** Relative to the root, with slashes. */
  name: string;
  /** Files of the project that it imports, likewise; `isType` when only types cross. */
  imports: { name: string; isType: boolean }[];
  packages: { name: string; isType: boolean }[];
}

const importPattern = /(?:^|\n)\s*(?:import|export)\s+(type\s+)?(?:[^'";]*?\sfrom\s+)?'([^']+)'|import\('([^']+)'\)/g;

export function sourceFiles(folders: readonly string[]): SourceFile[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')))
      .filter((name) => /\.tsx?$/.test(name) && !name.endsWith('.d.ts') && !name.includes('/assembly/'))
      .map(readSource),
  );
}

function readSource(name: string): SourceFile {
  const text = readFileSync(path.join(root, name), 'utf8');
  const found = [...text.matchAll(importPattern)].map(([, type, from, dynamic]) => ({
    isType: type !== undefined,
    from: from ?? dynamic,
  }));
  const isOurs = ({ from }: { from: string }) => from.startsWith('.');
  return {
    name,
    imports: found
      .filter(isOurs)
      .map(({ from, isType }) => ({ name: path.posix.join(path.posix.dirname(name), from), isType })),
    packages: found.filter((entry) => !isOurs(entry)).map(({ from, isType }) => ({ name: from, isType })),
  };
}
