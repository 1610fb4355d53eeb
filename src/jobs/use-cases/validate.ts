/**
 * Tries a job out: how it would run, what it would cost, and what the doctor says of its data. Nothing is recorded and nothing trained.
 */
import { z } from 'zod';
import { DoctorReport, type ExaminationDepth } from '../../diagnosis/doctor/doctor-schema.ts';
import { engineNames } from '../../engine/registry.ts';
import { parameterCount } from '../../model/parameters.ts';
import { estimate, modelOf } from '../../spec/described-model.ts';
import { diskBytes } from '../../spec/disk-use.ts';
import { JobSpec } from '../../spec/job-spec.ts';
import { type CompletionDeps, completeJobSpec } from './complete.ts';
import type { ChooseOfferedEngine } from './offered-engine.ts';

export const Validation = z
  .object({
    spec: JobSpec,
    model: z.object({ parameters: z.int() }),
    estimate: z.object({
      flops: z.number().describe('Floating-point operations of the whole job.'),
      bytes: z.number().describe('Working memory.'),
      diskBytes: z.number().describe('What the job takes on disk at its most: its checkpoints and its report.'),
      seconds: z.number().describe('On a machine like the one that the engines were measured on.'),
    }),
    engine: z.object({ name: z.enum(engineNames), reason: z.string() }),
    doctor: DoctorReport.nullable().describe('What the data alone say; null: the spec asks for no diagnosis.'),
  })
  .meta({ id: 'Validation', description: 'A job as it would run.' });
export type Validation = z.output<typeof Validation>;

interface ValidateDeps extends CompletionDeps {
  chooseOfferedEngine: ChooseOfferedEngine;
  /** What the doctor says of the data of a spec. */
  examine(spec: JobSpec, depth: ExaminationDepth): Promise<DoctorReport>;
}

/** What the job of a resolved spec would be. @throws InvalidInputError, EngineUnavailableError as submitting it would. */
export async function validateJob(deps: ValidateDeps, requested: JobSpec): Promise<Validation> {
  const { spec, facts } = await completeJobSpec(deps, requested);
  const { name, reason, secondsPerStep } = await deps.chooseOfferedEngine(spec, facts);
  const seconds = secondsPerStep * spec.training.steps;
  return {
    spec,
    model: { parameters: parameterCount(modelOf(spec, facts)) },
    estimate: { ...estimate(spec, facts), diskBytes: diskBytes(spec, facts), seconds },
    engine: { name, reason },
    doctor: spec.diagnose ? await deps.examine(spec, spec.diagnose === 'quick' ? 'quick' : 'full') : null,
  };
}
