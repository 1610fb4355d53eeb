/** Ctrl-C while a progress bar is drawn: the terminal is given back with its cursor and its line wrap, on a new line. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { dist, environmentIn, ownFolder, processesOf, run } from '../support/service.ts';

const terminal = path.resolve(import.meta.dirname, '../support/terminal.py');
const demo = path.join(dist, 'src/demo/main.js');

test('an interrupted demo restores the terminal', async () => {
  const folder = await ownFolder();
  const env = environmentIn(folder, { TMPDIR: folder, TERM: 'xterm' });
  const shown = run(['python3', terminal, process.execPath, demo], env);
  await shown.printed('steps/s');
  process.kill(await demoOf(folder), 'SIGINT');
  await shown.printed('\x1B[?25h');
  await shown.printed('\x1B[?7h');
  const drawn = shown.output;
  expect(drawn.lastIndexOf('\x1B[?25h')).toBeGreaterThan(drawn.lastIndexOf('\x1B[?25l'));
  expect(drawn.lastIndexOf('\x1B[?7h')).toBeGreaterThan(drawn.lastIndexOf('\x1B[?7l'));
  expect(drawn).toMatch(/\n$/);
}, 60_000);

/** Not the program that holds the terminal, whose command line names the demo as well. */
async function demoOf(folder: string): Promise<number> {
  const pids = await processesOf(folder);
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids[lines.indexOf(`${process.execPath}\0${demo}\0`)];
}
