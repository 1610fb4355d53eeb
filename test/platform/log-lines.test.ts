/** Lines of the log: one at once, many together, and none lost or late that matters. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { LogLines } from '../../src/platform/log-lines.ts';

function logging() {
  const written: string[][] = [];
  const lines = new LogLines((text) => void written.push(messagesOf(text)));
  return { written, log: pino({ base: null }, lines) };
}

function messagesOf(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line).msg);
}

test('a line that comes alone is written at once, those behind it together and in order', async () => {
  const { written, log } = logging();
  log.info('first');
  expect(written).toEqual([['first']]);
  for (const line of ['second', 'third', 'fourth']) log.info(line);
  expect(written).toEqual([['first']]);
  await expect.poll(() => written).toEqual([['first'], ['second', 'third', 'fourth']]);
});

test('a warning waits for nothing, and goes behind what waits', () => {
  const { written, log } = logging();
  for (const line of ['first', 'second']) log.info(line);
  log.warn('third');
  expect(written).toEqual([['first'], ['second', 'third']]);
});

test('no more than a few kilobytes wait', () => {
  const { written, log } = logging();
  const long = 'x'.repeat(1000);
  for (let line = 0; line < 100; line++) log.info(long);
  expect(written.flat().length).toBeGreaterThan(80);
});

test('what waits is written when the process ends', async () => {
  const logger = new URL('../../dist/src/platform/logger.js', import.meta.url);
  const program = `
    const { createLogger } = await import(${JSON.stringify(logger)});
    const log = createLogger('test');
    for (const line of ['first', 'second', 'third']) log.info(line);
    process.exit(0);
  `;
  const { stderr } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program]);
  expect(messagesOf(stderr)).toEqual(['first', 'second', 'third']);
});
