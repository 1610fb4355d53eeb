/**
 * The thread that examines data, so that neither the API nor a run waits for it. Loaded by `examiner.ts` alone.
 */

import { examine } from './doctor.ts';
import type { DoctorReport } from './doctor-schema.ts';
import { type DataOfSpec, sampleOfSpec } from './sample.ts';

export default function examineSpec(spec: DataOfSpec): DoctorReport {
  return examine(sampleOfSpec(spec));
}
