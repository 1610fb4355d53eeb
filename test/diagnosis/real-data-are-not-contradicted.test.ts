/**
 * The doctor on real data, small ones that are kept as fixtures: what it says can be reached is reached by a model, what
 * it says is a floor is none that a model falls below, nothing is found where nothing is wrong, and where something is,
 * what is said of it does not contradict itself.
 */
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { contradictionsOf } from '../../bench/real-data/contradictions.ts';
import { sampleOfLines } from '../../bench/real-data/lines.ts';
import { trainedLoss } from '../../bench/real-data/model.ts';
import { variantsOf } from '../../bench/real-data/spoiled.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { DoctorReport } from '../../src/diagnosis/doctor/doctor-schema.ts';
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';

const textOf = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

/** 240 digits, a row of pixels a step. */
async function digits(): Promise<Sample> {
  const lines = (await textOf('test/fixtures/handwritten-digits/digits.ndjson')).trim().split('\n');
  return sampleOfLines(
    lines.map((line) => JSON.parse(line)),
    'end',
  );
}

/** The quarter of the day, by the temperatures of each hour so far. */
async function temperatures(): Promise<Sample> {
  const hours = (await textOf('test/fixtures/hourly-temperatures/temperatures.csv')).trim().split('\n').map(Number);
  const quarters = hours.map((_, hour) => Math.floor((hour % 24) / 6));
  // Pieces start at any hour, so that the place in a piece does not tell it.
  return pieces(hours, quarters, 67);
}

/** The next character of the project's licence. */
async function licence(): Promise<Sample> {
  const text = [...(await textOf('LICENSE')).replace(/\s+/g, ' ').toLowerCase()];
  return pieces(text.slice(0, -1), text.slice(1), 100);
}

function pieces<X extends number | string, Y extends number | string>(x: X[], y: Y[], length: number): Sample {
  const starts = Array.from({ length: Math.floor(x.length / length) }, (_, k) => k * length);
  return sampleOfLines(
    starts.map((at) => ({ x: x.slice(at, at + length), y: y.slice(at, at + length) })),
    'every-step',
  );
}

describe.each([
  ['digits', digits, 0.35, ['shuffled', 'nearly leaked']],
  ['hourly temperatures', temperatures, 0.35, ['swapped', 'interleaved', 'shifted', 'cut wrongly']],
  ['the text of a licence', licence, 0.25, ['interleaved', 'cut wrongly']],
] as const)('%s', (_, data, tolerance, spoilings) => {
  test('nothing is found, nothing is called a floor, and a model comes as far as the doctor says', async () => {
    const sample = await data();
    const report = DoctorReport.parse(examine(sample));
    const { entropies, findings, floor } = report;
    expect(findings).toEqual([]);
    expect(floor).toBeUndefined();
    for (let k = 1; k < entropies.length; k++) expect(entropies[k].nats).toBeLessThanOrEqual(entropies[k - 1].nats);
    const last = entropies[entropies.length - 1];
    expect(last.standardError).toBeGreaterThan(0);
    const { nats: loss } = trainedLoss(sample, { depth: 32, steps: 250, seed: 3, judgedByAll: false });
    expect(loss).toBeLessThan(last.nats + 3 * last.standardError! + tolerance * entropies[0].nats);
    expect(loss).toBeGreaterThan(0);
  }, 120_000);

  test('spoiled, what is said of them does not contradict itself', async () => {
    const sample = await data();
    const kind = sample.labelsAt === 'end' ? 'sequence' : sample.inputKind === 'symbols' ? 'forecast' : 'annotation';
    const variants = variantsOf({ name: '', about: '', kind, sample }, 1);
    for (const { spoiling, sample: spoiled } of variants.filter((one) =>
      spoilings.some((name) => name === one.spoiling),
    )) {
      expect([spoiling, ...contradictionsOf(DoctorReport.parse(examine(spoiled)))]).toEqual([spoiling]);
    }
  }, 120_000);
});
