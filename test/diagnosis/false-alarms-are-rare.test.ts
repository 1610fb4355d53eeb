/**
 * The short form of `npm run bench:doctor`: over seeded data sets that are as they should be, the doctor finds nothing.
 */
import { expect, test } from 'vitest';
import { generate } from '../../bench/doctor-data/generated.ts';
import { innocent, innocentKinds } from '../../bench/doctor-data/innocent.ts';
import type { Recipe } from '../../bench/doctor-data/recipe.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { examineQuickly } from './sequences.ts';

test('no false alarm over the kinds of data that look suspicious, of each once with probes', () => {
  const thrice = [...innocentKinds, ...innocentKinds, ...innocentKinds];
  const samples = thrice.map((name, seed) => innocent(name, { steps: 3000, rowLength: 30, seed }));
  const alarms = samples.flatMap((data, k) =>
    (k < innocentKinds.length ? examine(data.sample) : examineQuickly(data.sample)).findings
      .filter(({ code }) => !data.allowed.includes(code))
      .map(({ code }) => `${data.name}: ${code}`),
  );
  expect(alarms).toEqual([]);
}, 120_000);

test('no false alarm, and no order too high, over small data sets of every rule', () => {
  const wrong: string[] = [];
  for (const rule of ['digits', 'parity', 'sum'] as const) {
    for (const noise of [0, 0.3]) {
      for (let order = 0; order <= 4; order++) {
        for (const inputs of ['numbers', 'tokens', 'continuous'] as const) {
          const recipe: Recipe = {
            rule,
            base: 2,
            order,
            noise,
            layout: 'right',
            inputs,
            steps: 2000,
            rowLength: 40,
            seed: order,
          };
          const report = examineQuickly(generate(recipe));
          // Without a past and without noise, the label is the input.
          const allowed = order === 0 && noise === 0 ? ['label-among-inputs'] : [];
          const codes = report.findings.map(({ code }) => code).filter((code) => !allowed.includes(code));
          if (codes.length > 0 || report.order > order)
            wrong.push(`${JSON.stringify(recipe)}: ${report.order} ${codes}`);
        }
      }
    }
  }
  expect(wrong).toEqual([]);
}, 120_000);
