/** The training loop: when it reports, when it keeps a checkpoint, how it stops, and that it goes on exactly. */
import { describe, expect, test } from 'vitest';
import { type BatchSource, carriesState, taskBatches } from '../../src/data/batching/task-batches.ts';
import { taskOf } from '../../src/data/tasks/index.ts';
import type { Trainer, TrainerState } from '../../src/engine/contract.ts';
import { simdEngine } from '../../src/engine/simd/engine.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { initialSlots } from '../../src/model/optimizer.ts';
import { parameterCount } from '../../src/model/parameters.ts';
import { Random } from '../../src/model/random.ts';
import { stateLength } from '../../src/model/state.ts';
import { DivergedError } from '../../src/platform/errors.ts';
import { modelOf } from '../../src/spec/described-model.ts';
import { type JobSpecInput, resolveJobSpec } from '../../src/spec/job-spec.ts';
import { type Snapshot, type TrainingHooks, type TrainingProgress, train } from '../../src/training/train.ts';

function start(input: JobSpecInput, from?: Snapshot): { trainer: Trainer; source: BatchSource } {
  const spec = resolveJobSpec(input);
  const model = modelOf(spec);
  const source = taskBatches(taskOf(spec.task), spec.data, Random.seeded(spec.training.seed, 'data'));
  if (from) source.restore(JSON.parse(JSON.stringify(from.data)));
  const fresh: TrainerState = {
    weights: initialWeights(model, Random.seeded(spec.training.seed, 'weights')),
    slots: initialSlots(spec.optimizer, parameterCount(model)),
    carried: new Float32Array(stateLength(model, spec.data.batchSize)),
  };
  const { optimizer, data } = spec;
  const config = { model, ...data, optimizer, carryState: carriesState(data.rows) };
  return { trainer: simdEngine.createTrainer(config, from?.trainer ?? fresh), source };
}

function record(stopRequest: TrainingHooks['stopRequest'] = () => 'continue') {
  const reports: TrainingProgress[] = [];
  const snapshots: Snapshot[] = [];
  const hooks: TrainingHooks = {
    progress: (progress) => reports.push(progress),
    evaluated: () => {},
    checkpoint: async (snapshot) => {
      snapshots.push(snapshot);
    },
    stopRequest,
  };
  return { reports, snapshots, hooks };
}

const plan = { steps: 100, done: 0, reportEvery: 30, checkpointEvery: 40 };

describe('training', () => {
  test('reports the first step, every n-th and the last, and keeps a checkpoint of every n-th and the last', async () => {
    const { trainer, source } = start({ preset: 'lookback' });
    const { reports, snapshots, hooks } = record();
    expect(await train(trainer, source, plan, hooks)).toBe('finished');
    expect(reports.map(({ step }) => step)).toEqual([1, 30, 60, 90, 100]);
    expect(snapshots.map(({ step }) => step)).toEqual([40, 80, 100]);
    expect(reports.at(-1)!.loss).toBeLessThan(reports[0].loss);
  });

  test('keeps what it has when it is asked to stop', async () => {
    const { trainer, source } = start({ preset: 'lookback' });
    const { reports, snapshots, hooks } = record(() => (reports.length > 0 ? 'stop' : 'continue'));
    expect(await train(trainer, source, { ...plan, steps: 1_000_000 }, hooks)).toBe('stopped');
    expect(snapshots.map(({ step }) => step)).toEqual([1]);
  });

  test('keeps nothing when it is asked to stop without a checkpoint', async () => {
    const { trainer, source } = start({ preset: 'lookback' });
    const { snapshots, hooks } = record(() => 'stop-without-checkpoint');
    expect(await train(trainer, source, { ...plan, steps: 1_000_000 }, hooks)).toBe('stopped');
    expect(snapshots).toEqual([]);
  });

  test.each(['sgd', 'momentum', 'rmsprop', 'adam', 'adagrad'] as const)(
    'continues from a checkpoint to the bit, with %s on carried state',
    async (type) => {
      const spec: JobSpecInput = { preset: 'working', data: { rows: 'lanes' }, optimizer: { type } };
      const whole = record();
      const first = start(spec);
      await train(first.trainer, first.source, plan, whole.hooks);

      const rest = record();
      const second = start(spec, whole.snapshots[0]);
      await train(second.trainer, second.source, { ...plan, done: 40 }, rest.hooks);
      expect(rest.snapshots.at(-1)).toEqual(whole.snapshots.at(-1));
      expect(rest.reports.at(-1)!.loss).toBe(whole.reports.at(-1)!.loss);
    },
  );

  test('stops with the step and a hint when the loss is no longer finite, and keeps the checkpoints before', async () => {
    const { trainer, source } = start({ preset: 'lookback' });
    const { reports, snapshots, hooks } = record();
    const state = trainer.state();
    state.weights[3] = Number.NaN;
    const metrics = { loss: 0, accuracy: 0 };
    const poisoned = start(
      { preset: 'lookback' },
      { step: 40, metrics, trainer: state, data: source.state(), heldOut: null, evaluation: null },
    );
    const failure = train(poisoned.trainer, poisoned.source, { ...plan, done: 40 }, hooks);
    await expect(failure).rejects.toBeInstanceOf(DivergedError);
    const error = await failure.catch((thrown: DivergedError) => thrown);
    expect(error).toMatchObject({ category: 'user', message: expect.stringContaining('learningRate') });
    // It is seen at the next report, or where a slice of time ends before.
    expect((error as DivergedError).step).toSatisfy((step: number) => step > 40 && step <= 60);
    expect([reports, snapshots]).toEqual([[], []]);
  });
});
