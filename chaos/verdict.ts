/**
 * Holds what a chaos run left to the promise: an accepted job ends in exactly one terminal state, its events are
 * numbered without a gap, and its weights are those of an undisturbed run.
 */
import type { LookbackClient, RemoteEvent } from '../src/client/client.ts';
import { ApiError } from '../src/client/client.ts';
import { terminalStatuses } from '../src/jobs/status.ts';
import type { JobSpecInput } from '../src/spec/job-spec.ts';
import type { UndisturbedRuns } from './undisturbed.ts';

/** A job that was accepted, and what was done to it. */
export interface AcceptedJob {
  id: string;
  spec: JobSpecInput;
  /** How often it was retried after a failure: each has a terminal event of its own. */
  retries: number;
  /** Steps of its checkpoints in which a byte was changed. */
  flipped: Set<number>;
}

export interface Verdict {
  accepted: number;
  succeeded: number;
  attempts: number;
  recoveries: number;
  capacityPauses: number;
  retriesOfPoison: number;
  /** One line for each breach of the promise; empty when it was kept. */
  breaches: string[];
}

export async function judge(
  client: LookbackClient,
  jobs: readonly AcceptedJob[],
  undisturbed: UndisturbedRuns,
): Promise<Verdict> {
  const verdict: Verdict = {
    accepted: jobs.length,
    succeeded: 0,
    attempts: 0,
    recoveries: 0,
    capacityPauses: 0,
    retriesOfPoison: 0,
    breaches: [],
  };
  for (const job of jobs) {
    const record = await client.job(job.id);
    const events = await collect(client.events(job.id));
    const statuses = events.flatMap((event) => (event.type === 'status' ? event.data : []));
    verdict.attempts += record.attempt;
    verdict.succeeded += record.status === 'succeeded' ? 1 : 0;
    verdict.recoveries += statuses.filter(({ cause }) => cause !== undefined).length;
    verdict.capacityPauses += statuses.filter(({ error }) => error?.code === 'storage').length;
    verdict.retriesOfPoison += job.retries;
    const breaches = [
      ...checkEvents(events, job.retries),
      ...(await checkWeights(events, job, undisturbed)),
      ...(await checkServed(client, job, undisturbed)),
    ];
    verdict.breaches.push(...breaches.map((breach) => `${job.id}: ${breach}`));
  }
  return verdict;
}

function checkEvents(events: readonly RemoteEvent[], retries: number): string[] {
  const breaches: string[] = [];
  if (events.some(({ id }, i) => id !== i + 1)) breaches.push('its events are not numbered 1, 2, 3 …');
  const terminal = events.filter((event) => event.type === 'status' && terminalStatuses.has(event.data.status));
  if (terminal.length !== 1 + retries) {
    breaches.push(`it has ${terminal.length} terminal events after ${retries} retries`);
  }
  const last = events.at(-1);
  if (last?.type !== 'status' || last.data.status !== 'succeeded') breaches.push('its last event is not its success');
  return breaches;
}

async function checkWeights(
  events: readonly RemoteEvent[],
  { spec }: AcceptedJob,
  undisturbed: UndisturbedRuns,
): Promise<string[]> {
  const expected = await undisturbed.hashesOf(spec);
  const finalStep = Math.max(...expected.keys());
  const checkpoints = events.flatMap((event) => (event.type === 'checkpoint' ? event.data : []));
  const final = checkpoints.findLast(({ step }) => step === finalStep);
  if (!final) return ['it has no checkpoint of its last step'];
  return checkpoints
    .filter(({ step, sha256 }) => expected.has(step) && expected.get(step) !== sha256)
    .map(({ step }) => `its weights at step ${step} are not those of an undisturbed run`);
}

/** A checkpoint of which a byte was changed is either trained again by now, or refused. */
async function checkServed(client: LookbackClient, job: AcceptedJob, undisturbed: UndisturbedRuns): Promise<string[]> {
  const expected = await undisturbed.hashesOf(job.spec);
  const breaches: string[] = [];
  for (const step of job.flipped) {
    const served = await client.predict(job.id, [[0, 1]], step).catch((error) => {
      if (error instanceof ApiError && (error.status === 404 || error.status === 409)) return null;
      throw error;
    });
    const isRight = served === null || !expected.has(step) || served.checkpoint.sha256 === expected.get(step);
    if (!isRight) breaches.push(`the damaged checkpoint of step ${step} is served`);
  }
  return breaches;
}

async function collect(events: AsyncIterable<RemoteEvent>): Promise<RemoteEvent[]> {
  const all: RemoteEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}
