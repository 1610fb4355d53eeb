/** The JSON of predictions: what it says is what JSON.stringify would, and each probability is the float32 that it was. */
import { expect, test } from 'vitest';
import { Random } from '../../src/model/random.ts';
import { JsonBytes } from '../../src/serving/json-bytes.ts';
import { formOf, predictionJson } from '../../src/serving/prediction-json.ts';

const found = { job: 'job_1', checkpoint: { step: 7, sha256: 'abc' } };

function written(rows: number[][], form = formOf({}, 'every-step'), labels: (string | number)[] | null = null) {
  const flat = Float32Array.from(rows.flat());
  const text = predictionJson(found, [flat], { classes: rows[0].length, labels }, form).toString();
  return { text, answer: JSON.parse(text) };
}

test('every float32 from 0 to 1 comes back as it was, in nine digits or fewer', () => {
  const random = Random.seeded(1, 'data');
  const bits = new Uint32Array(1);
  const asFloat = new Float32Array(bits.buffer);
  const values: number[] = [
    0, 1, 0.5, 0.1, 0.01, 0.001, 1e-4, 1e-5, 1e-6, 1e-7, 1.1754944e-38, 1e-45, 0.99999994, 1.0000001, 0.099999994,
  ];
  const one = 0x3f800000;
  for (let n = 0; n < 200_000; n++) {
    bits[0] = random.integer(one);
    values.push(asFloat[0], Math.fround(random.uniform()));
  }
  const { text, answer } = written([values]);
  const read: number[] = answer.predictions[0].probabilities[0];
  const wrong = read.flatMap((value, n) => (Object.is(Math.fround(value), Math.fround(values[n])) ? [] : [values[n]]));
  expect(wrong).toEqual([]);
  const digits = text
    .slice(text.indexOf('[[') + 2, text.indexOf(']]'))
    .split(',')
    .map((number) => number.replace(/e.*/, '').replace('.', '').replace(/^0+/, '').length);
  expect(digits.filter((count) => count > 9)).toEqual([]);
});

test.each([
  [0.5, '0.5'],
  [0.1, '0.1'],
  [0.01, '0.01'],
  [0.001, '0.001'],
  [1e-6, '0.000001'],
  [0.099999994, '0.099999994'],
  [0.94053, '0.94053'],
  [1 / 3, '0.33333334'],
  [0.00012345, '0.00012345'],
  [2.5e-8, '2.5e-8'],
  [Number.NaN, 'null'],
])('%d is written as %s', (value, expected) => {
  expect(written([[value]]).text).toContain(`"probabilities":[[${expected}]]`);
});

test('answers that are written one in the other, or grow, do not mix', () => {
  const long = new JsonBytes();
  long.list(20_000, (n) => {
    long.integer(n);
    if (n % 10_000 === 0) long.text(`,${new JsonBytes().text('"ü"').toString()}`);
  });
  const expected = Array.from({ length: 20_000 }, (_, n) => (n % 10_000 === 0 ? [n, 'ü'] : [n])).flat();
  expect(JSON.parse(long.bytes().toString())).toEqual(expected);
  const first = new JsonBytes().text('{"a":1}').bytes();
  expect(new JsonBytes().text('[2]').forAnswer()).toBe('[2]');
  expect(first.toString()).toBe('{"a":1}');
});

test('what was not asked for is not there', () => {
  const rows = [
    [0.25, 0.5, 0.25],
    [0.75, 0.125, 0.125],
  ];
  const predictionOf = (request: object, labels: string[] | null = null) =>
    written(rows, formOf(request, 'every-step'), labels).answer.predictions[0];
  expect(predictionOf({})).toEqual({ classes: [1, 0], probabilities: rows });
  expect(predictionOf({ probabilities: false })).toEqual({ classes: [1, 0] });
  const top = [
    [
      { class: 1, probability: 0.5 },
      { class: 0, probability: 0.25 },
    ],
    [
      { class: 0, probability: 0.75 },
      { class: 1, probability: 0.125 },
    ],
  ];
  expect(predictionOf({ topK: 2 })).toEqual({ classes: [1, 0], top });
  expect(predictionOf({ topK: 2, probabilities: true })).toEqual({ classes: [1, 0], probabilities: rows, top });
  expect(predictionOf({ topK: 1, at: 'end' }, ['a', 'b"', 'c'])).toEqual({
    class: 0,
    label: 'a',
    top: [{ class: 0, label: 'a', probability: 0.75 }],
  });
  expect(predictionOf({ probabilities: false }, ['a', 'b"', 'c'])).toEqual({ classes: [1, 0], labels: ['b"', 'a'] });
  expect(predictionOf({ topK: 1000 }).top[0]).toHaveLength(3);
});
