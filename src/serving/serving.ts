/**
 * All that serves models, put together: for the process of the API, and for tests.
 */
import type { Redis } from 'ioredis';
import type { CheckpointStore } from '../checkpoints/store.ts';
import { limits } from '../platform/limits.ts';
import type { KeyNames } from '../platform/redis/connections.ts';
import { AliasDirectory } from './aliases/alias-directory.ts';
import { AliasPins } from './aliases/alias-pins.ts';
import { AliasService } from './aliases/alias-service.ts';
import { AliasStore } from './aliases/alias-store.ts';
import { type DataOfJob, ExplainService } from './explain/explain-service.ts';
import { ModelLoader } from './models/model-loader.ts';
import { type FindOfJob, ServedModels } from './models/served-models.ts';
import { PredictionService } from './prediction-service.ts';
import { ProtocolService } from './protocols/protocol-service.ts';
import { SessionService } from './sessions/session-service.ts';
import { SessionStore } from './sessions/session-store.ts';
import { lanes, PredictorPool } from './threads/predictor-pool.ts';

export interface ServingDeps {
  checkpoints: CheckpointStore;
  /** Of the store with the checkpoints. */
  storeLocation: string;
  /** For requests. */
  redis: Redis;
  /** Of the kind `background`: it will be in subscriber mode. */
  subscriber: Redis;
  keys: KeyNames;
  findOfJob: FindOfJob;
  dataOfJob: DataOfJob;
  /** The compiled file of a thread, by its name below this folder; those beside this file, if it is not given. */
  threadFile?: (name: string) => string;
}

export interface Serving {
  predictions: PredictionService;
  aliases: AliasService;
  sessions: SessionService;
  explanations: ExplainService;
  protocols: ProtocolService;
  close(): Promise<void>;
}

export function openServing(deps: ServingDeps): Serving {
  const { checkpoints, storeLocation, redis, subscriber, keys, findOfJob, threadFile } = deps;
  const store = new AliasStore(redis, keys);
  const directory = new AliasDirectory(store, subscriber, keys);
  const loader = new ModelLoader(storeLocation, lanes, threadFile?.('models/model-loader-thread.js'));
  const models = new ServedModels({
    checkpoints,
    loader,
    aliases: directory,
    findOfJob,
    cacheBytes: limits.predictCacheBytes,
  });
  const predictions = new PredictionService(
    models,
    new PredictorPool(storeLocation, threadFile?.('threads/predictor-thread.js')),
  );
  const pins = new AliasPins(redis, keys, checkpoints.pins, store);
  pins.start();
  const aliases = new AliasService({ store, directory, pins, checkpoints, models, findOfJob });
  const sessionStore = new SessionStore(redis, keys);
  return {
    predictions,
    aliases,
    sessions: new SessionService(sessionStore, predictions),
    explanations: new ExplainService(predictions, deps.dataOfJob),
    protocols: new ProtocolService({ predictions, aliases, checkpoints, sessions: sessionStore }),
    close: async () => {
      await Promise.all([pins.close(), predictions.close(), loader.close()]);
    },
  };
}
