/** Ids of requests: no two are the same, in one process or in two. */
import { expect, test } from 'vitest';
import { requestIds } from '../../src/http/request-ids.ts';

test('ids have one form, count upwards, and differ between processes', () => {
  const [first, second] = [requestIds(), requestIds()];
  const ids = Array.from({ length: 100 }, first);
  expect(ids).toEqual([...ids].sort());
  expect(new Set([...ids, ...Array.from({ length: 100 }, second)]).size).toBe(200);
  for (const id of ids) expect(id).toMatch(/^[0-9a-z]{26}$/);
});
