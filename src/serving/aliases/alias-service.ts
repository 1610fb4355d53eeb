/**
 * What callers can do with aliases. The checkpoints that one names are pinned before it names them, and looked for after
 * that: a run that removes a checkpoint either sees the pin, or has removed it before it was looked for.
 */
import type { CheckpointChoice } from '../../checkpoints/choice.ts';
import type { CheckpointStore } from '../../checkpoints/store.ts';
import { ConflictError, NotFoundError, UnavailableError } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import type { FindOfJob, ServedModels } from '../models/served-models.ts';
import { differenceOf } from '../models/signature.ts';
import { type Alias, type AliasTarget, type StoredAlias, shownAlias } from './alias.ts';
import type { AliasDirectory } from './alias-directory.ts';
import type { AliasPins } from './alias-pins.ts';
import type { AliasStore, NewAlias } from './alias-store.ts';

interface AliasDeps {
  store: AliasStore;
  directory: AliasDirectory;
  pins: AliasPins;
  checkpoints: CheckpointStore;
  models: Pick<ServedModels, 'lookAt'>;
  findOfJob: FindOfJob;
}

interface Pinned {
  job: string;
  checkpoint: Alias['checkpoint'];
}

export class AliasService {
  readonly #deps: AliasDeps;

  constructor(deps: AliasDeps) {
    this.#deps = deps;
  }

  async get(name: string): Promise<Alias> {
    return shownAlias(await this.#deps.store.get(name));
  }

  /** By name. */
  async list(limit: number, after?: string): Promise<{ data: Alias[]; nextCursor: string | null }> {
    const { data, nextCursor } = await this.#deps.store.page(limit, after);
    return { data: data.map(shownAlias), nextCursor };
  }

  /** What it has named, the present first. @throws NotFoundError */
  async history(name: string): Promise<Alias[]> {
    return (await this.#deps.store.history(name)).map(shownAlias).reverse();
  }

  /**
   * Makes an alias name a checkpoint.
   * @throws NotFoundError, CorruptCheckpointError, ConflictError; InvalidInputError where a canary would not answer the
   *   same requests.
   */
  async set(name: string, { job, checkpoint, canary }: AliasTarget): Promise<{ alias: Alias; isNew: boolean }> {
    return this.#change(name, async (pin) => {
      const main = await pin(job, checkpoint);
      if (!canary) return { main, canary: null };
      const second = await pin(canary.job ?? job, canary.checkpoint);
      const [model, other] = await Promise.all([main, second].map((found) => this.#deps.models.lookAt(found)));
      const difference = differenceOf(model, other);
      if (difference) {
        const message = `is of a model that ${difference}: a canary answers the same requests`;
        throw invalidInput('body', [{ path: 'canary.checkpoint', message }]);
      }
      return { main, canary: { ...second, share: canary.share } };
    });
  }

  /**
   * Makes an alias name again what it named before; that becomes a new version.
   * @param version of the history; undefined: the one before the present.
   * @throws NotFoundError when there is no such version; ConflictError `checkpoint_gone` when its checkpoint was removed.
   */
  async rollback(name: string, version?: number): Promise<Alias> {
    const history = await this.#deps.store.history(name);
    const wanted = version === undefined ? history.at(-2) : history.find((one) => one.version === version);
    if (!wanted) {
      const what = version === undefined ? 'nothing else before' : `no version ${version}`;
      throw new NotFoundError('version', String(version ?? 'before'), `The alias ${name} has named ${what}.`);
    }
    const again = async (pin: Pin, { job, checkpoint }: Pick<Alias, 'job' | 'checkpoint'>) => {
      const pinned = await pin(job, checkpoint.step).catch((error) => goneOf(error, wanted));
      if (pinned.checkpoint.sha256 !== checkpoint.sha256) throw gone(wanted, 'has other weights now');
      return pinned;
    };
    const { alias } = await this.#change(name, async (pin) => ({
      main: await again(pin, wanted),
      canary: wanted.canary ? { ...(await again(pin, wanted.canary)), share: wanted.canary.share } : null,
    }));
    return alias;
  }

  /** @throws NotFoundError */
  async remove(name: string): Promise<void> {
    const { store, directory, pins } = this.#deps;
    for (;;) {
      const before = await store.get(name);
      await pins.question(before.pins);
      if ((await store.remove(before)) === 'conflict') continue;
      directory.changed(name);
      await pins.release(before.pins);
      return;
    }
  }

  /** Pins what `target` chooses, names it, and releases what was named before. */
  async #change(
    name: string,
    target: (pin: Pin) => Promise<{ main: Pinned; canary: (Pinned & { share: number }) | null }>,
  ): Promise<{ alias: Alias; isNew: boolean }> {
    const { store, directory } = this.#deps;
    const pins: NewAlias['pins'] = [];
    try {
      const { main, canary } = await target((job, choice) => this.#pin(job, choice, pins));
      const next: NewAlias = {
        name,
        job: main.job,
        checkpoint: main.checkpoint,
        canary: canary && { job: canary.job, checkpoint: canary.checkpoint, share: canary.share },
        pins,
      };
      for (;;) {
        const before = await store.find(name);
        await this.#deps.pins.question(before?.pins ?? []);
        const set = await store.set(before, next);
        if (set === 'conflict') continue;
        directory.changed(name);
        await this.#deps.pins.settle(pins);
        await this.#deps.pins.release(before?.pins ?? []);
        return { alias: shownAlias(set), isNew: before === undefined };
      }
    } catch (error) {
      // Where Redis did not answer, the alias may have them all the same: they stay in question.
      if (!(error instanceof UnavailableError)) await this.#deps.pins.release(pins);
      throw error;
    }
  }

  /** Finds a checkpoint that is whole, and keeps it; `pins` gets its pin. */
  async #pin(job: string, choice: CheckpointChoice, pins: NewAlias['pins']): Promise<Pinned> {
    const { checkpoints, findOfJob } = this.#deps;
    const { step, sha256 } = await findOfJob(job, () => checkpoints.resolve(job, choice));
    pins.push(await this.#deps.pins.add(job, step));
    if (!(await checkpoints.has(job, step))) throw new NotFoundError('checkpoint', String(step));
    return { job, checkpoint: { step, sha256 } };
  }
}

type Pin = (job: string, choice: CheckpointChoice) => Promise<Pinned>;

function goneOf(error: unknown, wanted: StoredAlias): never {
  if (error instanceof NotFoundError) throw gone(wanted, 'was removed');
  throw error;
}

function gone({ name, version }: StoredAlias, what: string): ConflictError {
  return new ConflictError(
    'checkpoint_gone',
    `A checkpoint that version ${version} of the alias ${name} named ${what}.`,
  );
}
