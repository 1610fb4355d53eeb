/**
 * The losses of models on real data, kept in a file: they do not depend on the doctor, and take most of the bench's time.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';
import { type TrainedLoss, type TrainedModel, trainedLoss } from './model.ts';

export class ModelLosses {
  readonly #file?: string;
  readonly #losses: Record<string, TrainedLoss>;

  /** Without a file, every model is trained anew. */
  constructor(file?: string) {
    this.#file = file;
    this.#losses = file && existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {};
  }

  /** The held-out loss of a model on these data; trained where no equal one was. */
  of(sample: Sample, model: TrainedModel): TrainedLoss {
    const { depth, steps, seed, judgedByAll } = model;
    const key = `${digest(sample)}/${depth}/${steps}/${seed}/${judgedByAll ? 'all' : 'usual'}`;
    const loss = this.#losses[key] ?? trainedLoss(sample, model);
    if (this.#file && !(key in this.#losses)) {
      this.#losses[key] = loss;
      writeFileSync(this.#file, `${JSON.stringify(this.#losses, null, 1)}\n`);
    }
    return loss;
  }
}

function digest({ features, classes, inputs, labels, mask, starts }: Sample): string {
  const hash = createHash('sha256').update(`${features} ${classes} `);
  for (const part of [inputs, labels, mask, starts])
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return hash.digest('hex').slice(0, 16);
}
