/** What doctor and report take of a run is counted apart from its training, and counts for no limit. */
import { expect, test } from 'vitest';
import { watchLimits } from '../../workers/child/run-limits.ts';
import { RunClock } from '../../workers/run-clock.ts';
import { followToEnd, startCluster } from '../support/cluster.ts';

test('time goes into what the run does, beside that of earlier runs', () => {
  let now = 0;
  const clock = new RunClock({ trainedSeconds: 10, diagnosedSeconds: null }, () => now);
  const after = (ms: number) => {
    now += ms;
    return clock.times;
  };
  expect(after(500)).toEqual({ trainedSeconds: 10.5, diagnosedSeconds: 0 });
  clock.turnTo('diagnosis');
  expect(after(3_000)).toEqual({ trainedSeconds: 10.5, diagnosedSeconds: 3 });
  clock.turnTo('training');
  expect(after(250)).toEqual({ trainedSeconds: 10.75, diagnosedSeconds: 3 });
});

test('the seconds that a job allows itself are used up by training alone', () => {
  let now = 0;
  const clock = new RunClock({ trainedSeconds: 0, diagnosedSeconds: 0 }, () => now);
  const exceeded = watchLimits({ maxSeconds: 2 }, clock);
  clock.turnTo('diagnosis');
  now += 10_000;
  clock.turnTo('training');
  now += 1_999;
  expect(exceeded()).toBeNull();
  now += 1;
  expect(exceeded()).toMatchObject({ code: 'time_limit' });
});

test('the record of a job has both', async () => {
  const { client } = await startCluster();
  const times = async (diagnose: boolean) => {
    const { id } = await client.submit({ preset: 'lookback', engine: 'simd', diagnose, training: { steps: 50 } });
    await followToEnd(client, id);
    return client.job(id);
  };
  const diagnosed = await times(true);
  expect(diagnosed.diagnosedSeconds).toBeGreaterThan(0);
  expect(diagnosed.trainedSeconds).toBeGreaterThan(0);
  expect((await times(false)).diagnosedSeconds).toBe(0);
});
