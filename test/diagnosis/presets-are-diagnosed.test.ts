/**
 * The doctor before the question's two programs and the mended one: each gets its finding, with the numbers that can be derived by hand.
 */
import { describe, expect, test } from 'vitest';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { DoctorReport, type PatchOperation } from '../../src/diagnosis/doctor/doctor-schema.ts';
import { sampleOfSpec } from '../../src/diagnosis/sampling/sample.ts';
import { type JobSpec, resolveJobSpec } from '../../src/spec/job-spec.ts';

function diagnosed(spec: JobSpec): DoctorReport {
  return DoctorReport.parse(examine(sampleOfSpec(spec)));
}

function patched(spec: JobSpec, patch: PatchOperation[] = []): JobSpec {
  const copy = structuredClone(spec);
  for (const { path, value } of patch) {
    const [section, field] = path.slice(1).split('/');
    Object.assign(Reflect.get(copy, section), { [field]: value });
  }
  return resolveJobSpec(copy);
}

describe('the presets', () => {
  test('broken: the axes are swapped, and the patch mends all of it', () => {
    const spec = resolveJobSpec({ preset: 'broken' });
    const { order, entropies, findings } = diagnosed(spec);
    expect(order).toBe(0);
    expect(entropies[1].nats).toBeCloseTo(Math.log(2), 3);
    expect(findings).toMatchObject([{ code: 'axes-swapped', severity: 'error', evidence: { order: 1 } }]);
    expect(findings[0].patch?.slice(0, 3)).toEqual([
      { op: 'replace', path: '/data/layout', value: 'batch-major' },
      { op: 'replace', path: '/data/sequenceLength', value: 50 },
      { op: 'replace', path: '/data/batchSize', value: 2 },
    ]);
    expect(diagnosed(patched(spec, findings[0].patch))).toMatchObject({ order: 1, findings: [] });
  });

  test('working: one label in fifty lies outside its row, and the loss stays above ln(2)/50', () => {
    const spec = resolveJobSpec({ preset: 'working' });
    const { order, entropies, findings } = diagnosed(spec);
    expect(order).toBe(1);
    expect(entropies[2].nats).toBeCloseTo(Math.log(2) / 50, 3);
    expect(findings).toMatchObject([
      { code: 'label-outside-row', evidence: { labelsPerRow: 1, foundInRowBefore: true } },
    ]);
    expect(findings[0].evidence.floor).toBeCloseTo(Math.log(2) / 50, 4);
    expect(findings[0].message).toContain('1 step in 50');
    expect(findings[0].message).toContain('0.0139');
    expect(diagnosed(patched(spec, findings[0].patch)).findings).toEqual([]);
  });

  test('lookback: nothing to find, and everything can be known', () => {
    const { order, entropies, findings } = diagnosed(resolveJobSpec({ preset: 'lookback' }));
    expect(order).toBe(1);
    expect(entropies[2]).toEqual({ depth: 2, nats: 0, bestAccuracy: 1, source: 'counted' });
    expect(findings).toEqual([]);
  });

  test.each(['independent', 'lanes', 'flat'] as const)(
    'time-major with rows "%s" is swapped, batch-major is not',
    (rows) => {
      const data = { batchSize: 20, sequenceLength: 10, rows };
      const wrong = resolveJobSpec({ data: { ...data, layout: 'time-major' } });
      const right = resolveJobSpec({ data: { ...data, layout: 'batch-major' } });
      const { findings } = diagnosed(wrong);
      expect(findings.map(({ code }) => code)).toEqual(['axes-swapped']);
      expect(diagnosed(patched(wrong, findings[0].patch)).findings).toEqual([]);
      expect(diagnosed(right).findings.map(({ code }) => code)).toEqual(rows === 'flat' ? ['label-outside-row'] : []);
    },
  );

  test('the floor of a higher order adds up what each of the first labels lacks', () => {
    const spec = resolveJobSpec({ preset: 'working', task: { type: 'binary-digits', base: 2, order: 3 } });
    const { findings } = diagnosed(spec);
    expect(findings[0].evidence.floor).toBeCloseTo(((3 + 2 + 1) * Math.log(2)) / 50, 2.5);
  });
});
