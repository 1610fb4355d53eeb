/**
 * What callers by the protocols can do: look at a model, and ask it.
 */
import type { FoundCheckpoint } from '../../checkpoints/model-reference.ts';
import type { CheckpointStore } from '../../checkpoints/store.ts';
import type { AliasService } from '../aliases/alias-service.ts';
import type { ServedModel } from '../models/served-models.ts';
import type { Outcome, PredictionService } from '../prediction-service.ts';
import type { SessionStore } from '../sessions/session-store.ts';
import type { OnGone } from '../threads/predictor-pool.ts';
import { type DescribedModel, NamedModels } from './named-models.ts';
import type { ProtocolAnswer, ProtocolMessage } from './protocol.ts';
import { type BegunRequest, RequestSequences } from './request-sequences.ts';

interface ProtocolDeps {
  predictions: PredictionService;
  aliases: AliasService;
  checkpoints: CheckpointStore;
  sessions: SessionStore;
}

export class ProtocolService {
  readonly #predictions: PredictionService;
  readonly #models: NamedModels;
  readonly #sequences: RequestSequences;

  constructor({ predictions, aliases, checkpoints, sessions }: ProtocolDeps) {
    this.#predictions = predictions;
    this.#models = new NamedModels(predictions.models, aliases, checkpoints);
    this.#sequences = new RequestSequences(sessions, predictions.models);
  }

  /** @throws as `NamedModels.resolve` */
  describe(name: string, version?: string): Promise<DescribedModel> {
    return this.#models.describe(name, version);
  }

  /** @throws as `NamedModels.resolve` */
  load(name: string, version?: string): Promise<void> {
    return this.#models.load(name, version);
  }

  /**
   * The answer to a request for a model, and what it comes from.
   * @throws NotFoundError, CorruptCheckpointError, InvalidInputError, BusyError, ConflictError
   */
  async answer(
    message: ProtocolMessage,
    version: string | undefined,
    onGone: OnGone,
  ): Promise<Outcome<ProtocolAnswer & Pick<FoundCheckpoint, 'checkpoint'>>> {
    const { name } = message;
    const resolve = () => this.#models.resolve(name, version);
    let begun: BegunRequest | undefined;
    let model: ServedModel | undefined;
    const outcome = await this.#predictions.translate(
      message,
      async (sequence) => {
        if (sequence) begun = await this.#sequences.begin(name, sequence, version, resolve);
        model = begun?.model ?? (await resolve());
        return begun ?? { model, from: 'trained' };
      },
      onGone,
    );
    if (outcome.status === 'dropped') return outcome;
    const { answer, reached } = outcome.answer;
    if (begun && reached) await begun.commit(reached);
    return { status: 'predicted', answer: { ...answer, checkpoint: model!.checkpoint } };
  }
}
