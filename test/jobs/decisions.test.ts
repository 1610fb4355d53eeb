/**
 * The state machine of jobs, whole: every verb and every end of a run from every state, the legal and the illegal ones.
 */
import { describe, expect, test } from 'vitest';
import type { Decision } from '../../src/jobs/decisions/decision.ts';
import { endRun, type RunEnd } from '../../src/jobs/decisions/run-end.ts';
import {
  claim,
  recordEngine,
  reportCheckpoint,
  reportFinding,
  reportProgress,
  reportStart,
  reportTime,
} from '../../src/jobs/decisions/run-reports.ts';
import { ask, newJob, refusalOf, resumeWithRoom, type Verb } from '../../src/jobs/decisions/verbs.ts';
import type { Job } from '../../src/jobs/record.ts';
import { type JobStatus, statuses, terminalStatuses } from '../../src/jobs/status.ts';
import { resolveJobSpec } from '../../src/spec/job-spec.ts';
import { checkpointAt } from '../support/jobs.ts';

const now = new Date('2026-01-02T03:04:05.678Z');
const spec = resolveJobSpec({});

function jobIn(status: JobStatus, changes: Partial<Job> = {}): Job {
  return { ...newJob('job_x', spec, new Date(0)).job, status, attempt: 2, ...changes };
}

/** What the state becomes; the name of what a decision comes to, if it changes nothing. */
function outcome(decision: Decision): string {
  return decision.status === 'changed' ? decision.job.status : decision.status;
}

/** One row for each verb, one column for each state, in the order of `statuses`; `-` is refused. */
const verbTable: Record<Verb, string> = {
  //       queued    running    pausing    paused    cancelling cancelled succeeded failed
  cancel: 'cancelled cancelling cancelling cancelled -          -         -         -',
  pause: ' paused    pausing    -          -         -          -         -         -',
  resume: '-         -          -          queued    -          -         -         -',
  retry: ' -         -          -          -         -          queued    -         queued',
};

/** The same for the ends of a run; `!` is fenced: whoever says so is not the job's worker any more. */
const endTable: Record<RunEnd, string> = {
  //              queued running   pausing   paused cancelling cancelled succeeded failed
  succeeded: '    !      succeeded succeeded !      cancelled  !         !         !',
  'stopped-early': '!    succeeded succeeded !      cancelled  !         !         !',
  failed: '       !      failed    failed    !      cancelled  !         !         !',
  stopped: '      !      -         paused    !      cancelled  !         !         !',
  'handed-back': '!      queued    paused    !      cancelled  !         !         !',
  lost: '         !      queued    paused    !      cancelled  !         !         !',
  'out-of-room': '!      paused    paused    !      cancelled  !         !         !',
};

function cells(table: Record<string, string>): { row: string; status: JobStatus; expected: string }[] {
  const meaning: Record<string, string> = { '-': 'refused', '!': 'fenced' };
  return Object.entries(table).flatMap(([row, line]) =>
    line
      .trim()
      .split(/\s+/)
      .map((cell, i) => ({ row, status: statuses[i], expected: meaning[cell] ?? cell })),
  );
}

test('the tables cover every state', () => {
  expect(statuses.join(' ')).toBe('queued running pausing paused cancelling cancelled succeeded failed');
  for (const line of [...Object.values(verbTable), ...Object.values(endTable)]) {
    expect(line.trim().split(/\s+/)).toHaveLength(statuses.length);
  }
});

describe('a verb', () => {
  test.each(cells(verbTable))('$row of a job that is $status: $expected', ({ row, status, expected }) => {
    const decision = ask(row as Verb, now)(jobIn(status));
    expect(outcome(decision)).toBe(expected);
    expectOneStatusEvent(decision);
    if (decision.status === 'refused') expect(decision.message).toBe(refusalOf(row as Verb, status));
  });

  test('is refused in a sentence that says what the job is, and what would do instead', () => {
    expect(refusalOf('cancel', 'succeeded')).toBe('This job has succeeded already, so it cannot be cancelled.');
    expect(refusalOf('pause', 'cancelling')).toBe('This job is being cancelled already, so it cannot be paused.');
    expect(refusalOf('resume', 'running')).toBe(
      'This job is running, so it cannot be resumed: that is for paused jobs.',
    );
    expect(refusalOf('resume', 'failed')).toBe(
      'This job has failed already, so it cannot be resumed: that is for paused jobs; retry it instead.',
    );
    expect(refusalOf('retry', 'paused')).toBe(
      'This job is paused already, so it cannot be retried: that is for jobs that failed or were cancelled; resume it instead.',
    );
  });
});

describe('a run', () => {
  test.each(cells(endTable))('that ends as $row while its job is $status: $expected', ({ row, status, expected }) => {
    const decision = endRun(2, row as RunEnd, now)(jobIn(status));
    expect(outcome(decision)).toBe(expected);
    expectOneStatusEvent(decision);
  });
});

/** Every change of state is an event with its reason, and a terminal one has its time. */
function expectOneStatusEvent(decision: Decision): void {
  if (decision.status !== 'changed') return;
  const { job, events } = decision;
  const data = { status: job.status, attempt: job.attempt, reason: expect.stringMatching(/\w/) };
  expect(events).toMatchObject([{ type: 'status', data }]);
  expect(job.finishedAt).toBe(terminalStatuses.has(job.status) ? now.toISOString() : null);
}

describe('a claim', () => {
  test.each(statuses)('of a job that is %s', (status) => {
    const expected = status === 'queued' ? 'running' : 'fenced';
    expect(outcome(claim(3, now)(jobIn(status)))).toBe(expected);
  });

  test('takes the number of its dispatch, and an old or a future dispatch starts nothing', () => {
    const decision = claim(3, now)(jobIn('queued'));
    expect(decision.job).toMatchObject({ attempt: 3, startedAt: now.toISOString() });
    for (const attempt of [1, 2, 4]) expect(outcome(claim(attempt, now)(jobIn('queued')))).toBe('fenced');
  });

  test('keeps the time of the first start', () => {
    const startedAt = '2026-01-01T00:00:00.000Z';
    expect(claim(3, now)(jobIn('queued', { startedAt })).job.startedAt).toBe(startedAt);
  });
});

const progress = { step: 10, steps: 3000, loss: 0.5, accuracy: 0.25, stepsPerSecond: 1 };
const reports = {
  progress: (attempt: number) => reportProgress(attempt, progress),
  checkpoint: (attempt: number) => reportCheckpoint(attempt, checkpointAt(10)),
  examine: (attempt: number) =>
    reportFinding(attempt, {
      type: 'doctor',
      data: { order: 0, depthExamined: 0, sampled: false, steps: 0, entropies: [], findings: [] },
    }),
  start: (attempt: number) => reportStart(attempt, { ...checkpointAt(10), accuracy: 0.5 }),
  time: (attempt: number) => reportTime(attempt, { trainedSeconds: 7, diagnosedSeconds: 2 }),
  engine: (attempt: number) => recordEngine(attempt, { name: 'simd', reason: 'small', threads: 1 }),
};

describe.each(Object.entries(reports))('a worker that tells its %s', (_, report) => {
  test('is heard while it runs the job, also on the way to a stop', () => {
    for (const status of ['running', 'pausing', 'cancelling'] as const) {
      expect(outcome(report(2)(jobIn(status)))).toBe(status);
    }
  });

  test('is fenced when its attempt is over', () => {
    for (const status of statuses) {
      for (const attempt of [1, 3]) expect(outcome(report(attempt)(jobIn(status)))).toBe('fenced');
    }
    for (const status of ['queued', 'paused', 'cancelled', 'succeeded', 'failed'] as const) {
      expect(outcome(report(2)(jobIn(status)))).toBe('fenced');
    }
  });
});

test('progress and checkpoints move the record', () => {
  expect(reportProgress(2, progress)(jobIn('running')).job).toMatchObject({ step: 10, loss: 0.5, accuracy: 0.25 });
  const { job } = reportCheckpoint(2, checkpointAt(20))(jobIn('running', { step: 10, recoveries: 2 }));
  expect(job).toMatchObject({ step: 20, checkpointStep: 20, recoveries: 0 });
});

test('a failure keeps its error, and a retry forgets it', () => {
  const error = { category: 'user', code: 'diverged', message: 'It diverged.' } as const;
  const failed = endRun(2, 'failed', now, error)(jobIn('running')).job;
  expect(failed).toMatchObject({ status: 'failed', error });
  const retried = ask('retry', now)(failed).job;
  expect(retried).toMatchObject({ status: 'queued', error: null, finishedAt: null, recoveries: 0 });
});

describe('a run that fails for a reason outside of the job', () => {
  const fail = (category: 'infrastructure' | 'capacity', code: string, status: JobStatus) =>
    endRun(2, 'failed', now, { category, code, message: 'It broke.' })(jobIn(status));

  test('is tried again, and says why', () => {
    const decision = fail('infrastructure', 'io', 'running');
    expect(decision.job).toMatchObject({ status: 'queued', recoveries: 1, error: null, retryAt: null });
    expect(decision).toMatchObject({ events: [{ data: { reason: 'recovering: It broke.' } }] });
  });

  test('waits for room where there is none, and goes on when there is', () => {
    const paused = fail('capacity', 'storage', 'running').job;
    expect(paused).toMatchObject({ status: 'paused', waitsForRoom: true, error: { category: 'capacity' } });
    expect(resumeWithRoom(now)(paused).job).toMatchObject({ status: 'queued', waitsForRoom: false, error: null });
  });

  test('stays paused where a pause was asked for', () => {
    const paused = fail('capacity', 'storage', 'pausing').job;
    expect(paused).toMatchObject({ status: 'paused', waitsForRoom: false });
    expect(resumeWithRoom(now)(paused).status).toBe('refused');
  });

  test('fails where another try would not help', () => {
    expect(fail('capacity', 'memory', 'running').job).toMatchObject({ status: 'failed', error: { code: 'memory' } });
  });
});

test('step, loss and accuracy of the record are always those of one batch', () => {
  const running = jobIn('running', { step: 10, loss: 2, accuracy: 0.1 });
  const checkpoint = { ...checkpointAt(25), loss: 1.5, accuracy: 0.4 };
  expect(reportCheckpoint(2, checkpoint)(running).job).toMatchObject({ step: 25, loss: 1.5, accuracy: 0.4 });
  expect(reportCheckpoint(2, { ...checkpoint, step: 5 })(running).job).toMatchObject({ step: 10, loss: 2 });
  expect(reportStart(2, null)(running).job).toMatchObject({ step: 0, loss: null, accuracy: null });
});

test('the pace of a run is in the record while it runs, and the time that the rest takes', () => {
  const reported = reportProgress(2, { ...progress, stepsPerSecond: 10 })(jobIn('running')).job;
  expect(reported).toMatchObject({ stepsPerSecond: 10, etaSeconds: 299 });
  const [times, pace] = [
    { trainedSeconds: 7, diagnosedSeconds: 2 },
    { stepsPerSecond: 20, etaSeconds: 100 },
  ];
  const later = reportTime(2, times, pace)(reported).job;
  expect(later).toMatchObject({ step: 10, ...times, ...pace });
  expect(endRun(2, 'lost', now)(later).job).toMatchObject({ stepsPerSecond: null, etaSeconds: null });
});

describe('a run that is lost again and again without another checkpoint', () => {
  const cause = {
    category: 'infrastructure',
    code: 'process_lost',
    message: 'its process was ended by SIGKILL',
  } as const;
  /** Loses so many runs; the job after each loss. */
  function lose(times: number, random: () => number): Job[] {
    let job = jobIn('queued', { attempt: 0, checkpointStep: 1000 });
    return Array.from({ length: times }, () => {
      job = claim(job.attempt + 1, now)(job).job;
      // The checkpoint that it starts from is no progress.
      job = reportCheckpoint(job.attempt, checkpointAt(1000))(job).job;
      job = endRun(job.attempt, 'lost', now, cause, random)(job).job;
      return job;
    });
  }
  const waits = (jobs: Job[]) => jobs.map(({ retryAt }) => (retryAt ? Date.parse(retryAt) - now.getTime() : 0));

  test('is tried again at once, then later each time, and is poison at the sixth loss', () => {
    const jobs = lose(6, () => 1);
    expect(jobs.map(({ status }) => status)).toEqual([...Array(5).fill('queued'), 'failed']);
    expect(waits(jobs)).toEqual([0, 1_000, 4_000, 16_000, 60_000, 0]);
    expect(jobs[5].error).toEqual({
      category: 'infrastructure',
      code: 'poison',
      message:
        'The run was lost 6 times without reaching another checkpoint; the last time: its process was ended by SIGKILL',
    });
  });

  test('waits for a random part of that, at least half', () => {
    expect(waits(lose(5, () => 0))).toEqual([0, 500, 2_000, 8_000, 30_000]);
  });

  test('says in its event why, and when it is tried again', () => {
    const job = jobIn('running', { recoveries: 1 });
    const decision = endRun(2, 'lost', now, cause, () => 1)(job);
    expect(decision).toMatchObject({
      job: { retryAt: '2026-01-02T03:04:06.678Z', recoveryCause: cause },
      events: [
        { data: { reason: 'recovering: its process was ended by SIGKILL', cause, retryAt: decision.job.retryAt } },
      ],
    });
    expect(claim(3, now)(decision.job).job.retryAt).toBeNull();
  });
});

test('a run that makes checkpoints may be lost any number of times', () => {
  let job = jobIn('queued', { attempt: 0 });
  for (let i = 1; i <= 10; i++) {
    job = claim(i, now)(job).job;
    job = reportCheckpoint(i, checkpointAt(i))(job).job;
    job = endRun(i, 'lost', now)(job).job;
    expect(job.status).toBe('queued');
  }
});
