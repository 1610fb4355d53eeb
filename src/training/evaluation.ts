/**
 * Evaluation on held-out data while a job trains: how good the model is on what it has not seen, which checkpoint is
 * the best, and when to stop early.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { HeldOut } from '../data/held-out.ts';
import { unknowable } from '../data/task.ts';
import type { Metrics, Predictor, Trainer } from '../engine/contract.ts';
import { lossOf, mostProbable, Tally } from '../model/scoring.ts';
import {
  type EarlyStopping,
  type EarlyStoppingState,
  initialEarlyStopping,
  judgeEvaluation,
} from './early-stopping.ts';

interface EvaluationPlan {
  every: number;
  /** Without it the best evaluation is still kept, but nothing stops. */
  stopping?: EarlyStopping;
}

export interface Evaluated extends Metrics {
  step: number;
  /** The lowest held-out loss so far. */
  improved: boolean;
  /** Training ends here. */
  stop: boolean;
}

/** Patience without end, to judge improvement where early stopping was not asked for. */
const noStopping: EarlyStopping = { patience: Number.POSITIVE_INFINITY, minDelta: 0 };

export class Evaluation {
  readonly #heldOut: HeldOut;
  readonly #plan: EvaluationPlan;
  readonly #predictorOf: (weights: Float32Array) => Predictor;
  #state: EarlyStoppingState;

  /** @param predictorOf runs sequences that are longer than a row. */
  constructor(
    heldOut: HeldOut,
    plan: EvaluationPlan,
    predictorOf: (weights: Float32Array) => Predictor,
    state: EarlyStoppingState = initialEarlyStopping,
  ) {
    this.#heldOut = heldOut;
    this.#plan = plan;
    this.#predictorOf = predictorOf;
    this.#state = state;
  }

  /** What a checkpoint keeps of the evaluations so far. */
  get state(): EarlyStoppingState {
    return this.#state;
  }

  isDue(step: number, steps: number): boolean {
    return step % this.#plan.every === 0 || step === steps;
  }

  /** Whether training has been stopped by the evaluations so far. */
  get hasStopped(): boolean {
    return this.#state.waited >= (this.#plan.stopping ?? noStopping).patience;
  }

  /** Leaves the trainer as it was. Gives other work its turn between batches. */
  async evaluate(trainer: Trainer, step: number): Promise<Evaluated> {
    const metrics = this.#heldOut.fits ? await this.#overBatches(trainer) : await this.#overSequences(trainer);
    const judged = judgeEvaluation(this.#state, this.#plan.stopping ?? noStopping, { step, ...metrics });
    this.#state = judged.state;
    return { step, ...metrics, improved: judged.improved, stop: judged.stop };
  }

  async #overBatches(trainer: Trainer): Promise<Metrics> {
    const tally = new Tally();
    for (const batch of this.#heldOut.batches()) {
      const labels = batch.labels.map((label, i) => (batch.mask[i] > 0 ? label : unknowable));
      addSteps(tally, trainer.probabilities(batch), labels);
      await nextTurn();
    }
    return tally.means();
  }

  async #overSequences(trainer: Trainer): Promise<Metrics> {
    const tally = new Tally();
    const predictor = this.#predictorOf(trainer.state().weights);
    try {
      for (const { inputs, labels } of this.#heldOut.sequences()) {
        addSteps(tally, predictor.predict(inputs, labels.length), labels);
        await nextTurn();
      }
    } finally {
      predictor.dispose();
    }
    return tally.means();
  }
}

/** Counts probabilities [N,C] against labels [N]; steps without a label do not count. */
function addSteps(tally: Tally, probabilities: Float32Array, labels: Int32Array): void {
  const classes = probabilities.length / labels.length;
  for (const [n, label] of labels.entries()) {
    if (label === unknowable) continue;
    tally.add(lossOf(probabilities[n * classes + label]), mostProbable(probabilities, n * classes, classes) === label);
  }
}
