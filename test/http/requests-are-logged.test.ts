/** What the log says of a request: one line, which a person can read at a glance, and less of probes. */
import { pino } from 'pino';
import { expect, test } from 'vitest';
import { startApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';

const redis = useRedis();

test('a request is one line at the level info, a probe one at debug', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'info', base: null }, { write: (line: string) => void lines.push(line) });
  const { request } = await startApp(redis.current, { logger });
  await request('GET', '/v1/presets');
  await request('GET', '/health/live');
  await request('GET', '/metrics');
  const said = lines.map((line) => JSON.parse(line)).filter(({ msg }) => !/openapi|listening/.test(msg));
  expect(said).toEqual([
    expect.objectContaining({ req: expect.objectContaining({ url: '/v1/presets' }), statusCode: 200 }),
  ]);
  expect(said[0].msg).toMatch(/^GET \/v1\/presets 200, [\d.]+ ms$/);
});
