/**
 * A name that is exported means the same thing everywhere: no two files export the same one, except where one of them
 * passes the other's on.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { root, sourceFiles } from './source-files.ts';

const declaration =
  /^export (?:declare )?(?:async )?(?:abstract )?(?:const|let|function\*?|class|interface|type|enum) (\w+)/gm;

function exportsOf(name: string): string[] {
  const text = readFileSync(path.join(root, name), 'utf8');
  return [...new Set([...text.matchAll(declaration)].map(([, exported]) => exported))];
}

test('no name is declared and exported by more than one file', () => {
  const files = new Map<string, string[]>();
  for (const { name } of sourceFiles(['src', 'workers', 'testing', 'chaos', 'bench'])) {
    for (const exported of exportsOf(name)) files.set(exported, [...(files.get(exported) ?? []), name]);
  }
  expect(files.get('CheckpointChoice')).toEqual(['src/checkpoints/choice.ts']);
  expect([...files].filter(([, names]) => names.length > 1)).toEqual([]);
});
