/**
 * From a reference to a model that can predict: finds the checkpoint that is meant, and keeps models loaded, bounded by
 * the bytes that they take. The one place where every protocol asks for a model.
 */
import { LRUCache } from 'lru-cache';
import type { CheckpointChoice } from '../../checkpoints/choice.ts';
import type { FoundCheckpoint, ModelReference } from '../../checkpoints/model-reference.ts';
import type { CheckpointStore } from '../../checkpoints/store.ts';
import type { CheckpointSummary } from '../../checkpoints/summary-schema.ts';
import { CorruptCheckpointError, NotFoundError } from '../../platform/errors.ts';
import { onceEach } from '../../platform/once-each.ts';
import { UnseenMemory } from '../../platform/process/unseen-memory.ts';
import { SharedLooks } from '../../platform/shared-looks.ts';
import { bytesOfModel, type LoadedModel, type OpenModel, openModel } from './loaded-model.ts';

/** A checkpoint with its model, on this thread. */
export interface ServedModel extends FoundCheckpoint {
  loaded: LoadedModel;
  open: OpenModel;
}

interface Cached extends Pick<ServedModel, 'loaded' | 'open'> {
  /** What it is to those who found it: the same for all who ask for it. */
  servedAs: WeakMap<FoundCheckpoint, ServedModel>;
}

/** What finds the checkpoint of an alias. */
export interface FindsAlias {
  /** @throws NotFoundError */
  resolve(name: string): Promise<FoundCheckpoint>;
  /** The same at once, where nobody has to be asked. */
  known(name: string): FoundCheckpoint | undefined;
}

/** Tells a job that does not exist from one that has no such checkpoint. */
export type FindOfJob = <T>(job: string, find: () => Promise<T>) => Promise<T>;

/** Jobs of which it is known what was found last. */
const remembered = 1_000;
/** How often `latest` or `best` is looked for when what was found is gone before it is loaded. */
const maxResolutions = 5;

export interface ServedModelsDeps {
  checkpoints: CheckpointStore;
  loader: { load(job: string, step: number): Promise<LoadedModel> };
  aliases: FindsAlias;
  findOfJob: FindOfJob;
  /** What the models that stay loaded may take together; one that is larger by itself is loaded for each request. */
  cacheBytes: number;
}

export class ServedModels {
  readonly #deps: ServedModelsDeps;
  readonly #models: LRUCache<string, Cached, FoundCheckpoint>;
  readonly #unseen = new UnseenMemory();
  readonly #looks = new SharedLooks<FoundCheckpoint>();
  /** By job and choice, what was found last. */
  readonly #found = new LRUCache<string, FoundCheckpoint>({ max: remembered });

  constructor(deps: ServedModelsDeps) {
    this.#deps = deps;
    this.#models = new LRUCache({
      maxSize: deps.cacheBytes,
      sizeCalculation: ({ loaded }) => bytesOfModel(loaded),
      // Requests that need the same model at once share one.
      fetchMethod: async (_key, _stale, { context: { job, checkpoint } }) => {
        const loaded = await deps.loader.load(job, checkpoint.step);
        // Another one has replaced it since it was found.
        if (loaded.sha256 !== checkpoint.sha256) throw new NotFoundError('checkpoint', String(checkpoint.step));
        return { loaded, open: openModel(loaded), servedAs: new WeakMap() };
      },
      // What others push out while it is loaded is still for those who wait for it.
      ignoreFetchAbort: true,
      dispose: ({ loaded }, key) => {
        this.#unseen.willLetGo(key, bytesOfModel(loaded));
        this.#unseen.collect();
      },
    });
  }

  /**
   * The checkpoint that is meant, found whole; its model is not loaded.
   * @throws NotFoundError, CorruptCheckpointError when the very step that is asked for is damaged.
   */
  async find({ job, model, checkpoint = 'latest' }: ModelReference): Promise<FoundCheckpoint> {
    if (model !== undefined) return this.#deps.aliases.resolve(model);
    if (job === undefined) throw new TypeError('A reference needs a job or an alias.');
    const { checkpoints, findOfJob } = this.#deps;
    return this.#looks.at(keyOfChoice(job, checkpoint), async () => {
      const found = await findOfJob(job, () => checkpoints.resolve(job, checkpoint));
      return this.#asBefore(job, checkpoint, found);
    });
  }

  /** What `find` would find, at once; undefined: it has to be waited for. */
  #findNow({ job, model, checkpoint = 'latest' }: ModelReference): FoundCheckpoint | undefined {
    if (model !== undefined) return this.#deps.aliases.known(model);
    if (job === undefined) return undefined;
    const found = this.#deps.checkpoints.resolveNow(job, checkpoint);
    return found && this.#asBefore(job, checkpoint, found);
  }

  /** What was found of a job: the same object as before, as long as it is the same checkpoint. */
  #asBefore(
    job: string,
    choice: CheckpointChoice,
    { step, sha256 }: Pick<CheckpointSummary, 'step' | 'sha256'>,
  ): FoundCheckpoint {
    const key = keyOfChoice(job, choice);
    const last = this.#found.get(key);
    if (last?.checkpoint.step === step && last.checkpoint.sha256 === sha256) return last;
    const found = { job, checkpoint: { step, sha256 } };
    this.#found.set(key, found);
    return found;
  }

  /**
   * The checkpoint that is meant, with its model. Between finding and loading it, it may be pruned or damaged: then the
   * answer is another one.
   * @throws as `find`
   */
  async resolve(reference: ModelReference): Promise<ServedModel> {
    for (let attempt = 1; ; attempt++) {
      const found = await this.find(reference);
      try {
        return this.#ready(found) ?? servedModel(found, await this.load(found));
      } catch (error) {
        const isGone = error instanceof NotFoundError || error instanceof CorruptCheckpointError;
        const isFixed = reference.model !== undefined || typeof reference.checkpoint === 'number';
        if (!isGone || isFixed || attempt === maxResolutions) throw error;
      }
    }
  }

  /** What `resolve` would answer, at once; undefined: it has to look, or to load. */
  resident(reference: ModelReference): ServedModel | undefined {
    const found = this.#findNow(reference);
    return found && this.#ready(found);
  }

  /** A checkpoint that was found, if its model is loaded. */
  #ready(found: FoundCheckpoint): ServedModel | undefined {
    const cached = this.#models.get(keyOf(found));
    if (!cached) return undefined;
    void this.#deps.checkpoints.markServed(found.job, found.checkpoint.step);
    return servedModel(found, cached);
  }

  /** The model of a checkpoint that was found. */
  async load(found: FoundCheckpoint): Promise<Cached> {
    const cached = await this.#cached(found);
    void this.#deps.checkpoints.markServed(found.job, found.checkpoint.step);
    return cached;
  }

  /** The same, to be looked at: it does not count as being served. */
  async lookAt(found: FoundCheckpoint): Promise<OpenModel> {
    return (await this.#cached(found)).open;
  }

  async #cached(found: FoundCheckpoint): Promise<Cached> {
    const key = keyOf(found);
    return this.#models.get(key) ?? (await this.#models.forceFetch(key, { context: found }));
  }

  /** Bytes of the models that are loaded. */
  get bytes(): number {
    return this.#models.calculatedSize;
  }
}

function servedModel(found: FoundCheckpoint, { loaded, open, servedAs }: Cached): ServedModel {
  let served = servedAs.get(found);
  if (!served) {
    served = { ...found, loaded, open };
    servedAs.set(found, served);
  }
  return served;
}

/** The carried state is not in the hash of the weights, so that equal weights of two jobs are two models. */
const keyOf = onceEach(({ job, checkpoint: { step, sha256 } }: FoundCheckpoint) => `${job} ${step} ${sha256}`);

function keyOfChoice(job: string, choice: CheckpointChoice): string {
  return `${job} ${choice}`;
}
