/**
 * What the doctor said of data lately. Jobs that try one setting after another train on the same data, which need not
 * be examined for each of them.
 */
import { LRUCache } from 'lru-cache';
import type { DoctorReport } from '../../src/diagnosis/doctor/doctor-schema.ts';
import type { JobSpec } from '../../src/spec/job-spec.ts';

export class Examinations {
  readonly #known = new LRUCache<string, DoctorReport>({ max: 100 });

  of(spec: JobSpec): DoctorReport | null {
    return this.#known.get(keyOf(spec)) ?? null;
  }

  remember(spec: JobSpec, doctor: DoctorReport): void {
    this.#known.set(keyOf(spec), doctor);
  }
}

/** All that the examined data follow from: a dataset, how its sequences are split, and what they are cut into. */
function keyOf({ task, data, training: { seed } }: JobSpec): string {
  const { split, sequenceLength } = data;
  return JSON.stringify({ task, data: task.type === 'dataset' ? { split, sequenceLength } : data, seed });
}
