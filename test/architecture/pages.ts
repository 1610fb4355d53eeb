/**
 * The pages that people read, and their parts, for the tests that hold them to the code.
 */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { root } from './source-files.ts';

export interface Page {
  /** Relative to the root, with slashes. */
  name: string;
  text: string;
}

export interface CodeBlock {
  language: string;
  text: string;
}

export const pages: Page[] = [
  ...['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'],
  ...readdirSync(path.join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((name) => ({ name, text: readFileSync(path.join(root, name), 'utf8') }));

export function pageNamed(name: string): Page {
  const page = pages.find((one) => one.name === name);
  if (!page) throw new Error(`There is no page ${name}.`);
  return page;
}

export function codeBlocks({ text }: Page): CodeBlock[] {
  return [...text.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, content]) => ({ language, text: content }));
}

/** What stands in the text in code quotes, outside of blocks. */
export function codeWords({ text }: Page): string[] {
  return [...withoutBlocks(text).matchAll(/`([^`\n]+)`/g)].map(([, word]) => word);
}

/** The rows of the tables whose heading has `heading` as a cell; each row its cells. */
export function tableRows({ text }: Page, heading: string): string[][] {
  const tables = text.match(/(?:^\|.*\|\n)+/gm) ?? [];
  return tables.flatMap((table) => {
    const [head, , ...rows] = table.trim().split('\n').map(cells);
    return head.includes(heading) ? rows : [];
  });
}

export function withoutBlocks(text: string): string {
  return text.replaceAll(/^```.*?^```$/gms, '');
}

function cells(line: string): string[] {
  return line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim());
}
