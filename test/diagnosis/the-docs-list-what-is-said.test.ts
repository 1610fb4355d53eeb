/** docs/diagnosis.md has a row for every code of a sentence and of a finding, and no row for what is never said. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FindingCode } from '../../src/diagnosis/doctor/doctor-schema.ts';
import { StatementCode } from '../../src/diagnosis/report/report-schema.ts';

const page = readFileSync(new URL('../../docs/diagnosis.md', import.meta.url), 'utf8');

/** Codes in the first cells of the tables under a heading. */
function codesUnder(heading: string): string[] {
  const from = page.indexOf(heading);
  expect(from, heading).toBeGreaterThan(-1);
  const section = page.slice(from + heading.length).split(/\n#/)[0];
  const cells = section.split('\n').flatMap((row) => /^\| (`[^|]*`) +\|/.exec(row)?.[1] ?? []);
  return cells.flatMap((cell) => [...cell.matchAll(/`([a-z-]+)`/g)].map(([, code]) => code));
}

test('each sentence of the verdict', () => {
  expect(codesUnder('### Every sentence of the verdict').sort()).toEqual([...StatementCode.options].sort());
});

test('each finding, of the data and of the curves', () => {
  const listed = [...codesUnder('## What the doctor answers'), ...codesUnder('### What the curves show')];
  expect(FindingCode.options.filter((code) => !listed.includes(code))).toEqual([]);
});
