/**
 * Models as the protocols name them: the id of a job or an alias, and a version, which is the step of a checkpoint.
 */

import type { ModelReference } from '../../checkpoints/model-reference.ts';
import type { CheckpointStore } from '../../checkpoints/store.ts';
import { NotFoundError } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import { show } from '../../platform/input/shown.ts';
import { limits } from '../../platform/limits.ts';
import type { AliasService } from '../aliases/alias-service.ts';
import type { ServedModel, ServedModels } from '../models/served-models.ts';

export interface DescribedModel {
  /** Of an alias with a canary, the checkpoint that is not the canary. */
  model: ServedModel;
  /** Steps that may be asked for, in ascending order. */
  versions: number[];
}

export class NamedModels {
  readonly #models: ServedModels;
  readonly #aliases: AliasService;
  readonly #checkpoints: CheckpointStore;

  constructor(models: ServedModels, aliases: AliasService, checkpoints: CheckpointStore) {
    this.#models = models;
    this.#aliases = aliases;
    this.#checkpoints = checkpoints;
  }

  /**
   * @param version as it stands in the path; undefined: of a job the latest, of an alias what it names.
   * @throws NotFoundError, InvalidInputError, CorruptCheckpointError
   */
  async resolve(name: string, version?: string): Promise<ServedModel> {
    return this.#models.resolve(await this.#referenceTo(name, version));
  }

  /** The model, and what other versions of it there are: draws no canary, so that it says the same each time. @throws as `resolve` */
  async describe(name: string, version?: string): Promise<DescribedModel> {
    const [stable] = await this.#answeringTo(name, version);
    return { model: await this.#models.resolve(stable), versions: await this.#versionsOf(name) };
  }

  /** Loads each checkpoint that may answer, the canary of an alias, too. @throws as `resolve` */
  async load(name: string, version?: string): Promise<void> {
    const answering = await this.#answeringTo(name, version);
    await Promise.all(answering.map((reference) => this.#models.resolve(reference)));
  }

  /** What requests for a name and a version may be answered by, the canary of an alias last. */
  async #answeringTo(name: string, version: string | undefined): Promise<ModelReference[]> {
    if (isJob(name) || version !== undefined) return [await this.#referenceTo(name, version)];
    return (await this.#namedBy(name)).map(({ job, step }) => ({ job, checkpoint: step }));
  }

  async #versionsOf(name: string): Promise<number[]> {
    if (isJob(name)) return (await this.#checkpoints.list(name)).map(({ step }) => step);
    const steps = (await this.#namedBy(name)).map(({ step }) => step);
    return [...new Set(steps)].sort((a, b) => a - b);
  }

  async #referenceTo(name: string, version: string | undefined): Promise<ModelReference> {
    if (version === undefined) return isJob(name) ? { job: name } : { model: name };
    const step = stepOf(version);
    if (isJob(name)) return { job: name, checkpoint: step };
    const named = await this.#namedBy(name);
    const found = named.find((one) => one.step === step);
    if (found) return { job: found.job, checkpoint: step };
    const there = [...new Set(named.map((one) => one.step))].join(' and ');
    throw new NotFoundError('version', version, `The alias ${name} names the checkpoint ${there}.`);
  }

  /** The checkpoint of an alias, and then that of its canary. */
  async #namedBy(name: string): Promise<{ job: string; step: number }[]> {
    const { job, checkpoint, canary } = await this.#aliases.get(name);
    return [{ job, checkpoint }, ...(canary ? [canary] : [])].map((one) => ({
      job: one.job,
      step: one.checkpoint.step,
    }));
  }
}

/** No alias begins so. */
function isJob(name: string): boolean {
  return name.startsWith('job_');
}

function stepOf(version: string): number {
  const step = /^\d{1,15}$/.test(version) ? Number(version) : Number.NaN;
  if (step <= limits.steps) return step;
  const message = `must be the step of a checkpoint, from 0 to ${limits.steps}, but is ${show(version)}`;
  throw invalidInput('path', [{ path: 'version', message }]);
}
