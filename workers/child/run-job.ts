/**
 * One job, from spec to last checkpoint: the file that tells the whole story. It runs in a child process of its own,
 * which may be killed at any moment.
 */

import { type Checkpoint, weightsHash } from '../../src/checkpoints/format/checkpoint.ts';
import { loadInitial } from '../../src/checkpoints/initial/initial-model.ts';
import { CheckpointQuota } from '../../src/checkpoints/quota.ts';
import { defaultKeep } from '../../src/checkpoints/retention.ts';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { datasetFacts } from '../../src/data/datasets/dataset.ts';
import { StoredDataset } from '../../src/data/datasets/stored/stored.ts';
import type { HeldOut } from '../../src/data/held-out.ts';
import { trainingData } from '../../src/data/training-data.ts';
import type { CurvePoint, Curves } from '../../src/diagnosis/report/curves.ts';
import type { Metrics, TrainerState } from '../../src/engine/contract.ts';
import { loadEngine } from '../../src/engine/load.ts';
import { predictingEngine } from '../../src/engine/predicting.ts';
import type { JobError } from '../../src/jobs/record.ts';
import type { ModelDescription } from '../../src/model/description.ts';
import { initialWeights } from '../../src/model/initial-values.ts';
import { initialSlots } from '../../src/model/optimizer.ts';
import { parameterCount } from '../../src/model/parameters.ts';
import { Random } from '../../src/model/random.ts';
import { stateLength } from '../../src/model/state.ts';
import { DivergedError } from '../../src/platform/errors.ts';
import { modelOf } from '../../src/spec/described-model.ts';
import { checkpointBytes } from '../../src/spec/disk-use.ts';
import type { JobSpec } from '../../src/spec/job-spec.ts';
import { openStore } from '../../src/storage/open.ts';
import { Evaluation } from '../../src/training/evaluation.ts';
import { type Snapshot, type TrainingHooks, train } from '../../src/training/train.ts';
import type { Assignment, FromChild, RunResult } from '../messages.ts';
import { RunClock, type RunWork } from '../run-clock.ts';
import type { JudgedWeights } from './diagnosis.ts';
import { watchLimits } from './run-limits.ts';
import { storePatience } from './store-patience.ts';

interface RunHooks {
  tell(message: FromChild): void;
  /** Called now and then with the last step that was trained. */
  trained?(step: number): void;
  stopRequest(): 'continue' | 'stop' | 'stop-without-checkpoint';
  /** The run that stops is the job's last: it was cancelled. */
  isFinal?(): boolean;
}

/** Trains a job to its end, until it is asked to stop, or until a limit of its own is reached. */
export async function runJob(
  assignment: Assignment,
  { tell, trained, stopRequest, isFinal }: RunHooks,
): Promise<RunResult> {
  const { job, attempt, spec, sheet } = assignment;
  const clock = new RunClock(assignment.times);
  const exceededLimit = watchLimits(spec.limits, clock);
  const blobs = await openStore(assignment.storeLocation, storePatience(stopRequest, tell));
  const checkpoints = new CheckpointStore(blobs);
  const stored = sheet && new StoredDataset(blobs, sheet);
  const [engine, resumed, dataset] = await Promise.all([
    loadEngine(assignment.engine.name, assignment.engine.threads),
    lastCheckpoint(assignment, checkpoints, tell),
    stored?.open(),
  ]);

  const facts = dataset && datasetFacts(dataset.sheet, dataset.offsets);
  const model = modelOf(spec, facts);
  const initial = spec.initFrom && !resumed ? await loadInitial(blobs, job, spec.initFrom.sha256) : null;
  const encodedAs = spec.initFrom && (resumed?.encoding.inputs ?? initial?.inputs);
  const { source, encoding, carryState, heldOut, classWeights } = trainingData(spec, dataset, encodedAs);
  if (resumed?.data) source.restore(resumed.data);
  const { batchSize, sequenceLength } = spec.data;
  const trainer = engine.createTrainer(
    { model, batchSize, sequenceLength, optimizer: spec.optimizer, carryState },
    resumed?.trainer ?? freshState(spec, model, initial?.weights),
  );
  const evaluation = evaluationOf(spec, model, heldOut('validation'), resumed);
  const turnTo = (work: RunWork) => {
    clock.turnTo(work);
    tell({ type: 'work', work });
  };
  const diagnosis = spec.diagnose
    ? new (await import('./diagnosis.ts')).Diagnosis(assignment, blobs, stored, tell, turnTo)
    : null;

  const keep = spec.training.keep ?? defaultKeep(spec.training);
  const quota = new CheckpointQuota(blobs, assignment.maxCheckpointBytes);
  // A run that was killed may have left some that no rule keeps.
  let kept = await checkpoints.prune(job, await checkpoints.list(job), keep, { attempt });
  const saveCheckpoint = async (snapshot: Snapshot) => {
    const threads = { name: engine.name, threads: engine.threads };
    // Where sequences are cut into pieces a row starts from zero state all the same.
    const carriesState = spec.task.type !== 'dataset' && carryState;
    const checkpoint = { ...snapshot, model, carriesState, engine: threads, encoding };
    await quota.ensureRoom(checkpointBytes(spec, facts));
    const saved = await checkpoints.save(job, checkpoint, attempt);
    const { step, sha256 } = saved;
    tell({ type: 'checkpoint', checkpoint: { step, ...snapshot.metrics, sha256 } });
    const known = [...kept.filter((one) => one.step !== step), saved].sort((a, b) => a.step - b.step);
    kept = await checkpoints.prune(job, known, keep, { attempt });
  };

  let exceeded: JobError | null = null;
  const curves = { training: [] as CurvePoint[], validation: [] as CurvePoint[] };
  const hooks: TrainingHooks = {
    progress: (progress) => {
      curves.training.push({ step: progress.step, loss: progress.loss });
      tell({ type: 'progress', progress });
    },
    evaluated: ({ step, loss, accuracy, improved }) => {
      curves.validation.push({ step, loss });
      tell({ type: 'finding', event: { type: 'evaluation', data: { step, loss, accuracy, improved } } });
    },
    checkpoint: saveCheckpoint,
    stopRequest: (step) => {
      trained?.(step);
      exceeded ??= exceededLimit();
      return exceeded ? 'stop' : stopRequest();
    },
  };
  const report = (end: Curves['end']) => {
    const last = kept.at(-1)?.step ?? 0;
    const latest = end.how === 'diverged' ? null : { step: last, weights: trainer.state().weights };
    const judged = latest && !evaluation ? async () => latest : storedBest(checkpoints, job, last, latest);
    const part = heldOut('test') ?? heldOut('validation');
    return diagnosis?.report({ model, heldOut: part, dataset, encoding, classWeights }, judged, { ...curves, end });
  };
  try {
    await diagnosis?.examineData(model);
    const plan = { ...spec.training, done: resumed?.step ?? 0 };
    const outcome = await train(trainer, source, plan, hooks, evaluation).catch(async (error: unknown) => {
      if (error instanceof DivergedError && kept.length > 0) await report({ how: 'diverged', step: error.step });
      throw error;
    });
    if (outcome === 'stopped') {
      if (exceeded) return { end: 'failed', error: exceeded };
      if (isFinal?.() && stopRequest() === 'stop') await report({ how: 'stopped' });
      return { end: 'stopped' };
    }
    await report({ how: outcome === 'finished' ? 'finished' : 'stopped-early' });
    return { end: outcome === 'finished' ? 'succeeded' : 'stopped-early' };
  } finally {
    trainer.dispose();
  }
}

/**
 * The weights that `best` names: read back, unless they are those at the end, which a training that diverged has none of.
 * @param last the step of the last checkpoint.
 */
function storedBest(store: CheckpointStore, job: string, last: number, latest: JudgedWeights | null) {
  return async (): Promise<JudgedWeights> => {
    const { step } = await store.resolve(job, 'best');
    if (step === latest?.step) return latest;
    const { weights } = await store.loadModel(job, step);
    return { step, weights, ...(step === last ? {} : { lastStep: last }) };
  };
}

/** What judges the model as it trains, if the spec asks for it and there is something to judge it by. */
function evaluationOf(
  { training }: JobSpec,
  model: ModelDescription,
  heldOut: HeldOut | null,
  resumed: Checkpoint | null,
): Evaluation | null {
  const { evaluateEvery, earlyStopping } = training;
  if (!heldOut || evaluateEvery === undefined) return null;
  const predictorOf = (weights: Float32Array) => predictingEngine.createPredictor(model, weights);
  const plan = { every: evaluateEvery, stopping: earlyStopping };
  return new Evaluation(heldOut, plan, predictorOf, resumed?.evaluation ?? undefined);
}

/** Where the run starts from; null: from the beginning. Damaged checkpoints are passed over, never trusted. */
async function lastCheckpoint(
  { job, attempt, startFrom }: Assignment,
  store: CheckpointStore,
  tell: RunHooks['tell'],
): Promise<Checkpoint | null> {
  await store.begin(job, attempt);
  if (startFrom === 'beginning') await store.clear(job, attempt);
  const checkpoint = await store.loadLatestGood(job, (step, error) => {
    const details = { step, error: error.message };
    tell({ type: 'note', level: 'warn', message: 'a damaged checkpoint was passed over', details });
  });
  tell({ type: 'start', from: checkpoint?.metrics ? report(checkpoint, checkpoint.metrics) : null });
  return checkpoint;
}

function report({ step, trainer }: Checkpoint, metrics: Metrics) {
  return { step, ...metrics, sha256: weightsHash(trainer.weights) };
}

/** @param weights those to start from; random ones, if they are not given. */
function freshState(spec: JobSpec, model: ModelDescription, weights?: Float32Array): TrainerState {
  return {
    weights: weights ?? initialWeights(model, Random.seeded(spec.training.seed, 'weights')),
    slots: initialSlots(spec.optimizer, parameterCount(model)),
    carried: new Float32Array(stateLength(model, spec.data.batchSize)),
  };
}
