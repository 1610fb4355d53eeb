/** The processes as they start: a setting that cannot be is named in one line of the log, before anything is opened. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readConfig } from '../../src/platform/config.ts';
import { unknownSettings } from '../../src/platform/unknown-settings.ts';

const dist = path.resolve(import.meta.dirname, '../../dist');

test.each([
  ['src/main/server.js', { PORT: '8o80' }, 'The environment is not valid: PORT must be a number, but is "8o80".'],
  [
    'src/main/server.js',
    { LOG_LEVEL: 'loud' },
    /^The environment is not valid: LOG_LEVEL must be .*"info".*, but is "loud"\.$/,
  ],
  [
    'src/main/server.js',
    { REDIS_URL: 'localhost' },
    /^The environment is not valid: REDIS_URL must start with redis:\/\//,
  ],
  ['workers/main.js', { REDIS_URL: '' }, 'A worker needs REDIS_URL: the Redis of the API that it works for.'],
])('%s with %o ends with a sentence', (entry, settings, sentence) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(dist, entry)], {
    env: { ...process.env, ...settings },
    encoding: 'utf8',
  });
  const lines = stderr.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0])).toMatchObject({ level: 60, msg: expect.stringMatching(sentence) });
  expect(stdout).toBe('');
  expect(status).toBe(1);
});

test('a variable that looks like a setting and is none is told, with the one that was meant', () => {
  const misspelt = {
    LOOKBACK_PORT: '1',
    LOOKBACK_WORKER: '1',
    LOOKBACK_COLOUR: 'red',
    LOOKBACK_ENGINES: 'simd',
    PATH: '',
  };
  expect(unknownSettings(misspelt)).toEqual([
    'LOOKBACK_PORT is not a setting of Lookback and has no effect; did you mean PORT?',
    'LOOKBACK_WORKER is not a setting of Lookback and has no effect; did you mean LOOKBACK_WORKERS?',
    'LOOKBACK_COLOUR is not a setting of Lookback and has no effect.',
  ]);
});

test('an empty variable counts as not set', () => {
  expect(readConfig({ PORT: '', REDIS_URL: '', LOG_LEVEL: '' })).toEqual(readConfig({}));
  expect(readConfig({ PORT: '0' }).port).toBe(0);
});
