/**
 * What the pages send a reader to is there: commands, links, files.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { codeBlocks, codeWords, pageNamed, pages, withoutBlocks } from './pages.ts';
import { root } from './source-files.ts';

const { scripts, bin } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .trim()
  .split('\n');
const folders = new Set(files.flatMap((file) => parentsOf(file)));

/** All code of all pages, blocks and words. */
const code = pages.flatMap((page) => [...codeBlocks(page).map(({ text }) => text), ...codeWords(page)]);

function parentsOf(file: string): string[] {
  const parent = path.posix.dirname(file);
  return parent === '.' ? [] : [parent, ...parentsOf(parent)];
}

test('every npm script that a page names is one, and every one is named', () => {
  const named = code.flatMap((text) =>
    [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, script, verb]) => script ?? verb),
  );
  expect([...new Set(named)].sort()).toEqual(Object.keys(scripts).sort());
});

test('every program behind npx is installed, or the package’s own', () => {
  const named = code.flatMap((text) => [...text.matchAll(/\bnpx ([\w-]+)/g)].map(([, name]) => name));
  expect(named).toContain('vitest');
  const isThere = (name: string) => name in bin || existsSync(path.join(root, 'node_modules/.bin', name));
  expect(named.filter((name) => !isThere(name))).toEqual([]);
});

test('every link leads somewhere', () => {
  const broken = pages.flatMap(({ name, text }) =>
    [...withoutBlocks(text).matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, target]) => target)
      .filter((target) => !target.startsWith('https://') && !leadsSomewhere(name, target))
      .map((target) => `${name}: ${target}`),
  );
  expect(broken).toEqual([]);
});

test('the index of docs/ lists every file there', () => {
  const { text } = pageNamed('docs/README.md');
  const listed = files.filter((file) => path.posix.dirname(file) === 'docs').map((file) => path.posix.basename(file));
  expect(listed.length).toBeGreaterThan(10);
  expect(listed.filter((name) => name !== 'README.md' && !text.includes(`](${name})`))).toEqual([]);
});

test('every file that a page names is there', () => {
  const isPath = (word: string) => /^[\w.-]+(\/[\w.-]+)*\/?$/.test(word);
  const isOurs = (word: string) =>
    /^(src|workers|scripts|bench|chaos|test|testing|docs|\.ci)\//.test(word) || /\.(ts|mjs|lua|py)$/.test(word);
  const missing = pages.flatMap((page) =>
    codeWords(page)
      .filter((word) => isPath(word) && isOurs(word) && !exists(word))
      .map((word) => `${page.name}: ${word}`),
  );
  expect(missing).toEqual([]);
});

test('the README names every folder of src that holds a stage, and every folder beside src', () => {
  const { text } = pageNamed('README.md');
  const named = [...folders].filter((folder) =>
    /^(src\/[^/]+|workers|scripts|bench|chaos|test|testing|docs)$/.test(folder),
  );
  expect(named.filter((folder) => !text.includes(`(${folder})`) && !text.includes(`(${folder}/README.md)`))).toEqual(
    [],
  );
});

/** A path from the root, or the end of one: pages about a folder leave its name out. */
function exists(word: string): boolean {
  const name = word.replace(/\/$/, '');
  return folders.has(name) || files.some((file) => file === name || file.endsWith(`/${name}`));
}

function leadsSomewhere(page: string, target: string): boolean {
  const [file, anchor] = target.split('#', 2);
  const name = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
  if (!folders.has(name) && !files.includes(name)) return false;
  return anchor === undefined || anchorsOf(readFileSync(path.join(root, name), 'utf8')).includes(anchor);
}

/** As GitHub names the headings of a page. */
function anchorsOf(text: string): string[] {
  return [...withoutBlocks(text).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  );
}
