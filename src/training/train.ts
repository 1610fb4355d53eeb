/**
 * The training loop: batch, step, report, checkpoint. It knows an engine's trainer and a source of batches; its
 * caller decides where reports and checkpoints go.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { BatchSource, BatchSourceState } from '../data/batching/task-batches.ts';
import type { Metrics, Trainer, TrainerState } from '../engine/contract.ts';
import { DivergedError } from '../platform/errors.ts';
import type { EarlyStoppingState } from './early-stopping.ts';
import type { Evaluated, Evaluation } from './evaluation.ts';

interface TrainingPlan {
  /** Steps in all; training goes on after `done` of them. */
  steps: number;
  done: number;
  reportEvery: number;
  checkpointEvery: number;
}

export interface TrainingProgress extends Metrics {
  step: number;
  steps: number;
  stepsPerSecond: number;
}

/** What a checkpoint is made of. */
export interface Snapshot {
  step: number;
  metrics: Metrics;
  /** On held-out data, if this step was evaluated. */
  heldOut: Metrics | null;
  trainer: TrainerState;
  data: BatchSourceState;
  evaluation: EarlyStoppingState | null;
}

export interface TrainingHooks {
  progress(progress: TrainingProgress): void;
  evaluated(evaluated: Evaluated): void;
  /** Training waits until the checkpoint is stored. */
  checkpoint(snapshot: Snapshot): Promise<void>;
  /** Asked at least every 20 ms, or after each step or evaluation that takes longer, with the last step: how the run should go on. */
  stopRequest(step: number): 'continue' | 'stop' | 'stop-without-checkpoint';
}

/** Steps are trained in slices of this length; between two of them messages are read. */
const sliceMs = 20;

/**
 * Trains until all steps are done, until the evaluations say that it gets no better, or until `stopRequest` says stop:
 * then what was trained is kept in a last checkpoint. Reports the first step, every `reportEvery`-th and the last;
 * their metrics are of the step's batch, before its update.
 * @throws DivergedError as soon as a loss or a weight that is seen is not finite; the checkpoints before it stay.
 */
export async function train(
  trainer: Trainer,
  source: BatchSource,
  plan: TrainingPlan,
  hooks: TrainingHooks,
  evaluation: Evaluation | null = null,
): Promise<'finished' | 'finished-early' | 'stopped'> {
  const { steps, reportEvery, checkpointEvery } = plan;
  const speed = stopwatch(plan.done);
  let sliceEnd = performance.now() + sliceMs;
  let checkpointStep = plan.done;

  const checkpoint = async (step: number, heldOut: Metrics | null = null) => {
    if (step === checkpointStep) return;
    await hooks.checkpoint(snapshot(trainer, source, step, evaluation, heldOut));
    checkpointStep = step;
  };
  /** The best is kept, and so is what training ends with. */
  const evaluate = async (step: number): Promise<'continue' | 'stop'> => {
    if (!evaluation?.isDue(step, steps)) return 'continue';
    const evaluated = await evaluation.evaluate(trainer, step);
    hooks.evaluated(evaluated);
    const { improved, stop, loss, accuracy } = evaluated;
    if (improved || stop || step === steps || step % checkpointEvery === 0) await checkpoint(step, { loss, accuracy });
    return stop ? 'stop' : 'continue';
  };

  // A run that was lost after its last checkpoint has nothing left to train.
  if (evaluation?.hasStopped) return 'finished-early';
  for (let step = plan.done + 1; step <= steps; step++) {
    trainer.step(source.next());
    if (step === 1 || step === steps || step % reportEvery === 0) {
      hooks.progress({ step, steps, ...finiteMetrics(trainer, step), stepsPerSecond: speed(step) });
    }
    if ((await evaluate(step)) === 'stop') return 'finished-early';
    if (step === steps || step % checkpointEvery === 0) await checkpoint(step);
    if (performance.now() < sliceEnd && step !== 1) continue;
    finiteMetrics(trainer, step);
    await nextTurn();
    const requested = hooks.stopRequest(step);
    if (requested !== 'continue' && step < steps) {
      if (requested === 'stop') await checkpoint(step);
      return 'stopped';
    }
    sliceEnd = performance.now() + sliceMs;
  }
  return 'finished';
}

function snapshot(
  trainer: Trainer,
  source: BatchSource,
  step: number,
  evaluation: Evaluation | null,
  heldOut: Metrics | null,
): Snapshot {
  const state = trainer.state();
  if (!state.weights.every(Number.isFinite)) throw new DivergedError(step);
  const metrics = finiteMetrics(trainer, step);
  return { step, metrics, heldOut, trainer: state, data: source.state(), evaluation: evaluation?.state ?? null };
}

function finiteMetrics(trainer: Trainer, step: number): Metrics {
  const metrics = trainer.metrics();
  if (!Number.isFinite(metrics.loss)) throw new DivergedError(step);
  return metrics;
}

/** Steps per second since it was last asked. */
function stopwatch(done: number): (step: number) => number {
  let lastStep = done;
  let lastTime = performance.now();
  return (step) => {
    const now = performance.now();
    const stepsPerSecond = ((step - lastStep) * 1000) / Math.max(now - lastTime, 1e-3);
    lastStep = step;
    lastTime = now;
    return stepsPerSecond;
  };
}
