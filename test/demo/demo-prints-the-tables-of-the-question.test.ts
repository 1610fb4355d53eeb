/**
 * The demo as a user runs it, from its compiled form: both tables of the question come out, and what the README shows is what it prints.
 */
import { execFile } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, test } from 'vitest';
import { codeBlocks, pageNamed } from '../architecture/pages.ts';
import { firstUntruth } from '../architecture/transcript.ts';

const demo = path.resolve(import.meta.dirname, '../../dist/src/demo/main.js');

interface Run {
  engine: string;
  seconds: number;
  curve: { step: number; loss: number }[];
  table: number[][];
}

describe('the demo', () => {
  let presets: Record<'broken' | 'working' | 'lookback', Run>;
  let shown: string;

  beforeAll(async () => {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [demo, '--json']);
    presets = JSON.parse(stdout).presets;
    shown = stderr;
  }, 120_000);

  test('gives half to each of the two classes of the same present value, where the axes are swapped', () => {
    const { table } = presets.broken;
    for (const [row, right] of [0, 1, 2, 3].entries()) {
      expect(table[row][right]).toBeGreaterThan(0.4);
      expect(table[row][right]).toBeLessThan(0.6);
      expect(table[row][(right + 2) % 4]).toBeGreaterThan(0.4);
      expect(table[row][(right + 2) % 4]).toBeLessThan(0.6);
    }
  });

  test('prints what the README shows', () => {
    const example = codeBlocks(pageNamed('README.md')).find(({ text }) => text.startsWith('broken\n'))!;
    expect(firstUntruth(example.text, shown)).toBeUndefined();
  });

  test('ends with what to do next: commands that are there, pages that are there', () => {
    const next = shown.slice(shown.indexOf('\nWhat next\n'));
    expect(next).toContain('\n  npm start\n');
    const named = [...next.matchAll(/docs\/[\w-]+\.md/g)].map(([name]) => name);
    expect(named.length).toBeGreaterThan(1);
    for (const name of named) expect(pageNamed(name).text.length).toBeGreaterThan(0);
  });

  test('gives the right class its due, where they are not', () => {
    for (const right of [0, 1, 2, 3]) {
      expect(presets.working.table[right][right]).toBeGreaterThan(0.95);
      expect(presets.lookback.table[right][right]).toBeGreaterThan(0.999);
    }
  });

  test('shows how the loss fell', () => {
    for (const { curve } of Object.values(presets)) {
      expect(curve.map(({ step }) => step)).toEqual([1, 300, 600, 900, 1200, 1500, 1800, 2100, 2400, 2700, 3000]);
    }
    // The working program's rows have a label each that cannot be known: ln 2 nats in 50 steps.
    expect(presets.working.curve.at(-1)!.loss).toBeGreaterThan(Math.log(2) / 50);
    expect(presets.lookback.curve.at(-1)!.loss).toBeLessThan(0.005);
  });
});
