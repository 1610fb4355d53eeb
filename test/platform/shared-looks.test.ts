/** Looks that are shared tell each who asks of a moment after the question, and one follows the other. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { SharedLooks } from '../../src/platform/shared-looks.ts';

test('whoever asks during a look gets the next one, and shares it', async () => {
  const looks = new SharedLooks<number>();
  let value = 0;
  let begun = 0;
  let under = 0;
  const look = async () => {
    expect(++under).toBe(1);
    begun++;
    const seen = value;
    await setImmediate();
    under--;
    return seen;
  };
  const first = looks.at('a', look);
  value = 1;
  const later = Array.from({ length: 5 }, () => looks.at('a', look));
  expect(await first).toBe(0);
  expect(await Promise.all(later)).toEqual([1, 1, 1, 1, 1]);
  expect(begun).toBe(2);
  value = 2;
  expect(await looks.at('a', look)).toBe(2);
});

test('what one of them throws is for those who share it, and for nobody after them', async () => {
  const looks = new SharedLooks<string>();
  const fails = async () => {
    await setImmediate();
    throw new Error('gone');
  };
  const [first, second, other] = [looks.at('a', fails), looks.at('a', fails), looks.at('b', async () => 'there')];
  await expect(first).rejects.toThrow('gone');
  await expect(second).rejects.toThrow('gone');
  expect(await other).toBe('there');
  expect(await looks.at('a', async () => 'back')).toBe('back');
});
