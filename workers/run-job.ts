/**
 * One job, from spec to last checkpoint: the file that tells the whole story. It runs in a child process of its own, which may be killed at any moment.
 */
import { carriesState, taskBatches } from '../src/data/batches.ts';
import { Random } from '../src/data/random.ts';
import { taskOf } from '../src/data/tasks/index.ts';
import type { TrainerState } from '../src/engine/engine.ts';
import { loadEngine } from '../src/engine/load.ts';
import { initialWeights, type ModelShape, parameterCount, stateLength } from '../src/engine/model.ts';
import { initialSlots } from '../src/engine/optimizer.ts';
import type { JobError } from '../src/jobs/job.ts';
import { type JobSpec, modelShape } from '../src/jobs/spec.ts';
import { type Checkpoint, weightsHash } from '../src/models/checkpoint.ts';
import { CheckpointStore } from '../src/models/store.ts';
import { type Snapshot, type TrainingHooks, train } from '../src/training/train.ts';
import { diagnose } from './diagnosis.ts';
import type { Assignment, FromChild, RunResult } from './messages.ts';
import { watchLimits } from './run-limits.ts';

export interface RunHooks {
  tell(message: FromChild): void;
  wish(): 'continue' | 'stop' | 'stop-without-checkpoint';
}

/** Trains a job to its end, until it is asked to stop, or until a limit of its own is reached. */
export async function runJob(assignment: Assignment, { tell, wish }: RunHooks): Promise<RunResult> {
  const { job, attempt, spec } = assignment;
  const exceededLimit = watchLimits(spec.limits, assignment.trainedSeconds);
  const shape = modelShape(spec);
  const store = new CheckpointStore(assignment.checkpoints);
  const [engine, resumed] = await Promise.all([
    loadEngine(assignment.engine.name, assignment.engine.threads),
    lastCheckpoint(assignment, store, tell),
  ]);

  const source = taskBatches(taskOf(spec.task), spec.data, Random.seeded(spec.training.seed, 'data'));
  if (resumed) source.restore(resumed.data);
  const trainer = engine.createTrainer(
    {
      shape,
      batchSize: spec.data.batchSize,
      sequenceLength: spec.data.sequenceLength,
      optimizer: spec.optimizer,
      carryState: carriesState(spec.data.rows),
    },
    resumed?.trainer ?? freshState(spec, shape),
  );

  let bestLoss = resumed?.bestLoss ?? Number.POSITIVE_INFINITY;
  const saveCheckpoint = async (snapshot: Snapshot) => {
    bestLoss = Math.min(bestLoss, snapshot.metrics.loss);
    const checkpoint = {
      ...snapshot,
      shape,
      carriesState: carriesState(spec.data.rows),
      engine: { name: engine.name, threads: engine.threads },
      bestLoss,
    };
    const { step, loss, sha256 } = await store.save(job, checkpoint, attempt);
    tell({ type: 'checkpoint', checkpoint: { step, loss, sha256 } });
    if (spec.training.keep) await store.prune(job, spec.training.keep, resumed?.step ?? null);
  };

  const diagnosis = spec.diagnose ? diagnose(assignment, tell) : null;
  let exceeded: JobError | null = null;
  try {
    const { steps, reportEvery, checkpointEvery } = spec.training;
    const plan = { steps, reportEvery, checkpointEvery, done: resumed?.step ?? 0 };
    const hooks: TrainingHooks = {
      progress: (progress) => tell({ type: 'progress', progress }),
      checkpoint: saveCheckpoint,
      wish: () => {
        exceeded ??= exceededLimit();
        return exceeded ? 'stop' : wish();
      },
    };
    const outcome = await train(trainer, source, plan, hooks);
    if (outcome === 'stopped') return exceeded ? { end: 'failed', error: exceeded } : { end: 'stopped' };
    await diagnosis?.report(shape, trainer.state().weights);
    return { end: 'succeeded' };
  } finally {
    await diagnosis?.close();
    trainer.dispose();
  }
}

/** Where the run starts from; null: from the beginning. Damaged checkpoints are passed over, never trusted. */
async function lastCheckpoint(
  { job, attempt, startFrom }: Assignment,
  store: CheckpointStore,
  tell: RunHooks['tell'],
): Promise<Checkpoint | null> {
  await store.begin(job, attempt);
  if (startFrom === 'beginning') await store.clear(job);
  const checkpoint = await store.loadLatestGood(job, (step, error) => {
    const details = { step, error: error.message };
    tell({ type: 'note', level: 'warn', message: 'a damaged checkpoint was passed over', details });
  });
  tell({ type: 'start', from: checkpoint && report(checkpoint) });
  return checkpoint;
}

function report({ step, metrics, trainer }: Checkpoint) {
  return { step, ...metrics, sha256: weightsHash(trainer.weights) };
}

function freshState(spec: JobSpec, shape: ModelShape): TrainerState {
  const random = Random.seeded(spec.training.seed, 'weights');
  return {
    weights: initialWeights(shape, spec.model.forgetBias, random),
    slots: initialSlots(spec.optimizer, parameterCount(shape)),
    carried: new Float32Array(stateLength(shape, spec.data.batchSize)),
  };
}
