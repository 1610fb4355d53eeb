/**
 * Lines of comments, code and pages fit a reader's window. Formatting cannot break a sentence in quotes or a pattern, and
 * a page's code blocks and tables show what was printed.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { pages } from './pages.ts';
import { root } from './source-files.ts';

const mostColumns = 140;
const folders = ['src', 'workers', 'testing', 'chaos', 'bench', 'scripts', 'test'];
const comment = /^\s*(\/\/|\/?\*)/;
const quoted = /['"`]|^\s*\/\S/;

function tooLong(name: string, lines: readonly string[]): string[] {
  return lines.flatMap((line, at) =>
    line.length > mostColumns ? [`${name}:${at + 1} has ${line.length} columns`] : [],
  );
}

/** But for fixtures, and what protobuf's generator has made. */
function sources(): string[] {
  return folders.flatMap((folder) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => path.posix.join(folder, name.replaceAll(path.sep, '/')))
      .filter((name) => /\.(ts|mjs)$/.test(name) && !/\/fixtures\/|_pb\.ts$/.test(name)),
  );
}

/** The lines of a page, empty where a code block or a table is. */
function prose(text: string): string[] {
  let isCode = false;
  return text.split('\n').map((line) => {
    const isFence = /^\s*```/.test(line);
    if (isFence) isCode = !isCode;
    return isCode || isFence || /^\s*\|/.test(line) ? '' : line;
  });
}

test(`no line of a source is longer than ${mostColumns} columns, unless it holds a text or a pattern`, () => {
  const found = sources().flatMap((name) => {
    const lines = readFileSync(path.join(root, name), 'utf8').split('\n');
    return tooLong(
      name,
      lines.map((line) => (quoted.test(line) && !comment.test(line) ? '' : line)),
    );
  });
  expect(found).toEqual([]);
});

test(`no line of a page's prose is longer than ${mostColumns} columns`, () => {
  const found = pages
    .filter(({ name }) => name !== 'CHANGELOG.md')
    .flatMap(({ name, text }) => tooLong(name, prose(text)));
  expect(found).toEqual([]);
});
