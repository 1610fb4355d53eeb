/** Each finding of the curves has a course that shows it, and near misses that do not. */
import { expect, test } from 'vitest';
import { type CurveContext, type Curves, curveFindings } from '../../src/diagnosis/report/curves.ts';
import { Random } from '../../src/model/random.ts';

const context: CurveContext = {
  learningRate: 0.01,
  steps: 2000,
  units: 16,
  stopsEarly: false,
  labelsPerBatch: 1600,
  labelEntropy: 1.4,
  known: 0.1,
  limits: { learningRate: 1e3, steps: 10_000_000, units: 1024 },
};

/** A course of 20 points over 2,000 steps. */
function course(loss: (share: number) => number, noise = 0.01) {
  const random = Random.seeded(1, 'data');
  return Array.from({ length: 20 }, (_, i) => ({
    step: 100 * (i + 1),
    loss: loss((i + 1) / 20) + noise * (random.uniform() - 0.5),
  }));
}

const settled = (share: number) => 0.1 + 1.3 * Math.exp(-12 * share);
const finished = { how: 'finished' } as const;

function codesOf(curves: Partial<Curves>, more: Partial<CurveContext> = {}): string[] {
  const whole: Curves = { training: course(settled), validation: course(settled, 0), end: finished, ...curves };
  return curveFindings(whole, { ...context, ...more }).map(({ code }) => code);
}

const findingOf = (curves: Partial<Curves>) =>
  curveFindings({ training: course(settled), validation: course(settled, 0), end: finished, ...curves }, context)[0];

test('a loss that settles where it can shows nothing; nor do few points', () => {
  expect(codesOf({})).toEqual([]);
  expect(codesOf({ training: course((share) => 1.4 - share).slice(-3), validation: [] })).toEqual([]);
});

test('overfits-training: the held-out loss rises while that of training falls', () => {
  const falling = course((share) => 1.2 - share);
  const turning = course((share) => 0.6 + 2 * (share - 0.4) ** 2, 0);
  expect(findingOf({ training: falling, validation: turning })).toMatchObject({
    code: 'overfits-training',
    evidence: { bestStep: 800 },
    patch: [{ op: 'add', path: '/training/earlyStopping', value: { patience: 5 } }],
  });
  const stopsEarly = curveFindings(
    { training: falling, validation: turning, end: finished },
    { ...context, stopsEarly: true },
  );
  expect(stopsEarly[0]).not.toHaveProperty('patch');
  // Both rise; it rises by little; it rises and comes back.
  expect(codesOf({ training: course((share) => 0.5 + 0.1 * share), validation: turning })).not.toContain(
    'overfits-training',
  );
  expect(
    codesOf({ training: falling, validation: course((share) => 0.6 + 0.05 * (share - 0.4) ** 2, 0) }),
  ).not.toContain('overfits-training');
  expect(
    codesOf({ training: falling, validation: course((share) => 0.6 - 0.3 * share + 0.15 * Math.sin(10 * share), 0) }),
  ).not.toContain('overfits-training');
});

test('unstable-training: the loss of batches still jumps, by more than batches of that size differ', () => {
  const jumping = course((share) => settled(share) + (Math.round(20 * share) % 3 === 0 ? 0.8 : 0));
  expect(findingOf({ training: jumping })).toMatchObject({
    code: 'unstable-training',
    patch: [{ op: 'replace', path: '/optimizer/learningRate', value: 0.00333333 }],
  });
  // One jump; jumps in the first half alone; batches of 16 labels, which differ by as much.
  expect(codesOf({ training: course((share) => settled(share) + (share === 0.75 ? 0.8 : 0)) })).toEqual([]);
  const early = course((share) => settled(share) + (share < 0.5 && Math.round(20 * share) % 3 === 0 ? 0.8 : 0));
  expect(codesOf({ training: early })).toEqual([]);
  expect(codesOf({ training: jumping }, { labelsPerBatch: 16 })).not.toContain('unstable-training');
});

test('training-diverged: with a smaller learning rate, whatever the course was', () => {
  expect(findingOf({ end: { how: 'diverged', step: 42 } })).toMatchObject({
    code: 'training-diverged',
    severity: 'error',
    evidence: { step: 42, learningRate: 0.01 },
    patch: [{ path: '/optimizer/learningRate', value: 0.001 }],
  });
});

test('stopped-while-improving: twice the steps, or epochs; not where early stopping or a caller ended it', () => {
  const falling = course((share) => 1.2 - share, 0);
  expect(findingOf({ validation: falling, training: falling })).toMatchObject({
    code: 'stopped-while-improving',
    patch: [{ op: 'replace', path: '/training/steps', value: 4000 }],
  });
  const ofEpochs = curveFindings({ training: falling, validation: falling, end: finished }, { ...context, epochs: 10 });
  expect(ofEpochs[0].patch).toEqual([{ op: 'replace', path: '/training/epochs', value: 20 }]);
  for (const how of ['stopped', 'stopped-early'] as const) {
    expect(codesOf({ validation: falling, training: falling, end: { how } })).not.toContain('stopped-while-improving');
  }
  // It falls by less than a twentieth; without evaluations, by less than batches differ.
  expect(codesOf({ validation: course((share) => 0.3 - 0.01 * share, 0) })).toEqual([]);
  expect(
    codesOf(
      { training: course((share) => 0.3 - 0.06 * share, 0), validation: [] },
      { labelsPerBatch: 20, known: 0.25 },
    ),
  ).toEqual([]);
});

test('learning-rate-too-low: steadily and slowly from the start', () => {
  const slow = course((share) => 1.39 - 0.25 * share ** 2, 0);
  expect(findingOf({ training: slow, validation: slow })).toMatchObject({
    code: 'learning-rate-too-low',
    patch: [{ path: '/optimizer/learningRate', value: 0.1 }],
  });
  // As steady, but it has come far; slow at the end alone.
  const far = course((share) => 1.39 - share, 0);
  expect(codesOf({ training: far, validation: far })).toEqual(['stopped-while-improving']);
});

test('underfits-training: levelled off far above what is known to be reached', () => {
  const high = course((share) => 0.8 + 0.6 * Math.exp(-12 * share));
  expect(findingOf({ training: high, validation: high })).toMatchObject({
    code: 'underfits-training',
    patch: [{ path: '/model/units', value: 64 }],
  });
  // Nobody is known to do better; the gap is one of training to held-out data; the caller ended it.
  expect(codesOf({ training: high, validation: high }, { known: 0.79 })).toEqual([]);
  expect(codesOf({ training: high, validation: course(() => 1.1, 0) })).toEqual([]);
  expect(codesOf({ training: high, validation: high, end: { how: 'stopped' } })).toEqual([]);
});

test('patches are specs that the service takes', async () => {
  const { resolveJobSpec } = await import('../../src/spec/job-spec.ts');
  const falling = course((share) => 1.2 - share);
  const turning = course((share) => 0.6 + 2 * (share - 0.4) ** 2, 0);
  const high = course((share) => 0.8 + 0.6 * Math.exp(-12 * share));
  const courses: Partial<Curves>[] = [
    { training: falling, validation: turning },
    { training: falling, validation: falling },
    { training: high, validation: high },
    { end: { how: 'diverged', step: 1 } },
  ];
  for (const curves of courses) {
    const spec = structuredClone(resolveJobSpec({ model: { units: 16 } })) as unknown as Record<
      string,
      Record<string, unknown>
    >;
    for (const { path, value } of findingOf(curves).patch!) {
      const [section, field] = path.slice(1).split('/');
      spec[section][field] = value;
    }
    expect(() => resolveJobSpec(spec)).not.toThrow();
  }
});
