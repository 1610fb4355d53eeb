/**
 * What the API is made of: what `buildApp` takes, and the routes get.
 */
import type { FastifyBaseLogger } from 'fastify';
import type { Downloads } from '../checkpoints/download/download.ts';
import type { ModelImporter } from '../checkpoints/import/model-importer.ts';
import type { CheckpointQuota } from '../checkpoints/quota.ts';
import type { CheckpointStore } from '../checkpoints/store.ts';
import type { DatasetStore } from '../data/datasets/stored/store.ts';
import type { DoctorReport, ExaminationDepth } from '../diagnosis/doctor/doctor-schema.ts';
import type { EvaluatedCheckpoint, EvaluationRequest } from '../diagnosis/report/evaluation/evaluation-schema.ts';
import type { ReportStore } from '../diagnosis/report/report-store.ts';
import type { EventFeed } from '../jobs/event-feed.ts';
import type { EventHub } from '../jobs/events.ts';
import type { JobStore } from '../jobs/store.ts';
import type { InitialModels } from '../jobs/use-cases/initial-model.ts';
import type { ChooseOfferedEngine } from '../jobs/use-cases/offered-engine.ts';
import type { JobService } from '../jobs/use-cases/steer.ts';
import type { WorkerRegistry } from '../jobs/workers/registry.ts';
import type { RedisTrouble } from '../platform/redis/condition.ts';
import type { AliasService } from '../serving/aliases/alias-service.ts';
import type { ExplainService } from '../serving/explain/explain-service.ts';
import type { PredictionService } from '../serving/prediction-service.ts';
import type { ProtocolService } from '../serving/protocols/protocol-service.ts';
import type { SessionService } from '../serving/sessions/session-service.ts';
import type { JobSpec } from '../spec/job-spec.ts';
import type { Upkeep } from '../storage/blob-store.ts';
import type { LargeBodies } from './body/large-bodies.ts';

export interface AppDeps {
  jobs: JobService;
  store: JobStore;
  events: EventHub;
  feed: EventFeed;
  workers: WorkerRegistry;
  dataFolder: Pick<Upkeep, 'problem'>;
  /** What is amiss with Redis, the worst first. @throws UnavailableError while it does not answer. */
  redisTroubles(): Promise<RedisTrouble[]>;
  /** Why it takes no changes; null: as far as is known it does. */
  redisRefusal(): Promise<string | null>;
  checkpoints: CheckpointStore;
  /** Not given: there is none. */
  checkpointQuota?: CheckpointQuota;
  downloads: Downloads;
  predictions: PredictionService;
  aliases: AliasService;
  sessions: SessionService;
  explanations: ExplainService;
  protocols: ProtocolService;
  /** Reads large bodies beside the event loop. */
  bodies: LargeBodies;
  datasets: DatasetStore;
  /** The checkpoints that jobs may start from. */
  initialModels: InitialModels;
  /** Reads files that models are imported from. */
  importer: ModelImporter;
  /** Removes the files of a job that is not there. */
  dropFiles(job: string): Promise<void>;
  chooseOfferedEngine: ChooseOfferedEngine;
  reports: ReportStore;
  /** How well a checkpoint of a job does on a dataset. */
  evaluate(job: string, request: EvaluationRequest): Promise<EvaluatedCheckpoint>;
  /** What the doctor says of the data of a spec. */
  examine(spec: JobSpec, depth: ExaminationDepth): Promise<DoctorReport>;
  /** What it says of a dataset by itself. */
  examineDataset(id: string, depth: ExaminationDepth): Promise<DoctorReport>;
  logger: FastifyBaseLogger;
  /** Folder of the page that is served at `/`; none if it is not given. */
  dashboard?: string;
  /** Names that the service answers for, besides localhost and IP addresses; `*`: all. None if it is not given. */
  hosts?: readonly string[];
  /** Between two heart-beats of an event stream; 15 s if it is not given. */
  heartbeatMs?: number;
  /** How long a body other than an upload may take to arrive; 60 s if it is not given. */
  bodyTimeMs?: number;
  /** In which an upload has to bring some bytes; `limits.uploadWindowSeconds` if it is not given. */
  uploadWindowMs?: number;
}
