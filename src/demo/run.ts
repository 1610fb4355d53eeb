/**
 * One run of the demo, over HTTP as any caller would: submit, follow the events, ask for probabilities.
 */
import type { LookbackClient } from '../client/client.ts';
import type { PatchOperation } from '../diagnosis/doctor/doctor-schema.ts';
import type { Report } from '../diagnosis/report/report-schema.ts';
import type { JobProgress } from '../jobs/event.ts';
import type { JobSpec, JobSpecInput } from '../spec/job-spec.ts';

/** The question's test pattern, and the positions whose last two values are 00, 01, 10 and 11. */
const pattern = [0, 0, 1, 0, 1, 1];
const positions = [1, 2, 3, 5];

/** Digits of a row of the table: the previous value and the present one. */
export const patterns = positions.map((t) => `${pattern[t - 1]}${pattern[t]}`);
/** The right class of each row: the present value plus twice the previous one. */
export const rightClasses = positions.map((t) => pattern[t] + 2 * pattern[t - 1]);

export interface DemoRun {
  engine: string;
  /** From the submission to the last event. */
  seconds: number;
  curve: { step: number; loss: number }[];
  /** [4][4]: for each row of `patterns` the probability of each class. */
  table: number[][];
  /** null: none was asked for. */
  report: Report | null;
}

export async function run(
  client: LookbackClient,
  spec: JobSpecInput,
  onProgress: (progress: JobProgress) => void,
): Promise<DemoRun> {
  const start = performance.now();
  const { id } = await client.submit(spec);
  const curve: DemoRun['curve'] = [];
  for await (const event of client.events(id)) {
    if (event.type !== 'progress') continue;
    onProgress(event.data);
    curve.push({ step: event.data.step, loss: event.data.loss });
  }
  const seconds = (performance.now() - start) / 1000;
  const job = await client.job(id);
  if (job.status !== 'succeeded') throw new Error(`The job ${job.status}: ${job.error?.message ?? 'no reason given'}`);
  const { predictions } = await client.predict(id, [pattern]);
  const table = positions.map((t) => predictions[0].probabilities[t]);
  const report = job.spec?.diagnose ? await client.report(id) : null;
  return { engine: job.engine?.name ?? 'unknown', seconds, curve, table, report };
}

/** The spec with a finding's patch applied: the doctor's patches replace fields that are there. */
export function patched(spec: JobSpec, patch: readonly PatchOperation[]): JobSpec {
  const copy = { ...structuredClone(spec), name: `${spec.name}, patched` };
  for (const { path, value } of patch) {
    const keys = path.split('/').slice(1);
    const last = keys.pop()!;
    const parent = keys.reduce<object>((object, key) => Reflect.get(object, key), copy);
    Reflect.set(parent, last, value);
  }
  return copy;
}

/** What a table shows, in a sentence. */
export function explain(table: readonly (readonly number[])[]): string {
  const right = rightClasses.map((c, row) => table[row][c]);
  const worst = Math.min(...right);
  if (worst >= 0.9) {
    return `The right class gets ${percent(worst)} or more in every row: the model uses the value before.`;
  }
  // Classes of the same present value differ by two: only the past tells them apart.
  const present = rightClasses.map((c, row) => table[row][c] + table[row][(c + 2) % 4]);
  if (Math.min(...present) >= 0.9 && Math.max(...right) <= 0.65) {
    return 'Each row splits its probability between the two classes of the same present value: the present is learned, the past is not.';
  }
  return `The right classes get between ${percent(worst)} and ${percent(Math.max(...right))}.`;
}

/** Rounded down, so that "or more" is true of it. */
function percent(share: number): string {
  return `${(Math.floor(1000 * share) / 10).toFixed(1)} %`;
}
