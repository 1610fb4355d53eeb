/**
 * The API of a test: the real app on a free port, over a real Redis, with a client that holds every response to the OpenAPI document.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { Downloads } from '../../src/checkpoints/download/download.ts';
import { ModelImporter } from '../../src/checkpoints/import/model-importer.ts';
import { InitialCopier } from '../../src/checkpoints/initial/initial-copier.ts';
import { CheckpointStore } from '../../src/checkpoints/store.ts';
import { UploadThreads } from '../../src/data/datasets/ingest/upload-threads.ts';
import { DatasetStore } from '../../src/data/datasets/stored/store.ts';
import { examine } from '../../src/diagnosis/doctor/doctor.ts';
import { Evaluator } from '../../src/diagnosis/report/evaluator.ts';
import { ReportStore } from '../../src/diagnosis/report/report-store.ts';
import { sampleOfData } from '../../src/diagnosis/sampling/dataset-sample.ts';
import { chooseEngine } from '../../src/engine/choose.ts';
import { LargeBodies } from '../../src/http/body/large-bodies.ts';
import type { AppDeps } from '../../src/http/deps.ts';
import { findOfJob, specIfKnown } from '../../src/http/missing.ts';
import { buildApp } from '../../src/main/app.ts';
import { initialModelsOf } from '../../src/main/initial-models.ts';
import { openServing } from '../../src/serving/serving.ts';
import { engineRequest } from '../../src/spec/described-model.ts';
import { openStore } from '../../src/storage/open.ts';
import type { RedisServer } from '../../testing/redis-server.ts';
import { createJobs, type Release, type TestJobs } from './jobs.ts';
import { type OpenapiDocument, ResponseContract } from './openapi.ts';

export interface Answer {
  status: number;
  headers: Headers;
  /** The body as it came. */
  text: string;
  /** The body, if it is JSON. */
  body: Json;
}

/** JSON that a test looks into without declaring its shape first; the client has checked it. */
export type Json = ReturnType<typeof JSON.parse>;

export interface TestApp extends TestJobs {
  app: FastifyInstance;
  url: string;
  checkpoints: CheckpointStore;
  datasets: DatasetStore;
  /** Where checkpoints and datasets lie. */
  folder: string;
  request(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

/** A thread's file as it was built: threads do not run from the sources. */
export function compiled(file: string): string {
  return path.resolve(import.meta.dirname, '../../dist/src', file);
}

/** An app for one test; it is released when the test ends. */
export async function startApp(
  redis: RedisServer,
  options: Partial<AppDeps> & { prefix?: string; release?: Release; requestUrl?: string; folder?: string } = {},
): Promise<TestApp> {
  const { prefix, requestUrl, release = onTestFinished, ...deps } = options;
  const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'lookback-app-')));
  const blobs = await openStore(folder);
  const checkpoints = new CheckpointStore(blobs);
  const uploads = new UploadThreads(folder, compiled('data/datasets/ingest/upload-thread.js'));
  const datasets = new DatasetStore(blobs, 0, (...upload) => uploads.fill(...upload));
  const jobs = await createJobs(redis, {
    prefix,
    requestUrl,
    release,
    withdrawFiles: (id) => checkpoints.withdrawJob(id),
  });
  const serving = openServing({
    checkpoints,
    storeLocation: folder,
    redis: jobs.redis,
    subscriber: await jobs.subscriber(),
    keys: jobs.keys,
    findOfJob: (job, find) => findOfJob(jobs.service, job, find),
    dataOfJob: (job) => specIfKnown(jobs.service, job),
    threadFile: (name) => compiled(`serving/${name}`),
  });
  const evaluator = new Evaluator(folder, compiled('diagnosis/report/evaluator-thread.js'));
  const copier = new InitialCopier(folder, compiled('checkpoints/initial/initial-copier-thread.js'));
  const importer = new ModelImporter(blobs, compiled('checkpoints/import/model-importer-thread.js'));
  const bodies = new LargeBodies(compiled('http/body/large-body-thread.js'));
  const app = await buildApp({
    jobs: jobs.service,
    store: jobs.store,
    events: jobs.events,
    feed: jobs.feed,
    workers: jobs.workers,
    dataFolder: blobs,
    redisTroubles: async () => [],
    redisRefusal: async () => null,
    checkpoints,
    downloads: new Downloads(blobs),
    predictions: serving.predictions,
    aliases: serving.aliases,
    sessions: serving.sessions,
    explanations: serving.explanations,
    protocols: serving.protocols,
    bodies,
    reports: new ReportStore(blobs),
    evaluate: (job, request) => evaluator.evaluate(job, request),
    datasets,
    examine: async (spec, depth) => examine(await sampleOfData({ spec }, datasets), { depth }),
    examineDataset: async (id, depth) => examine(await sampleOfData({ dataset: id }, datasets), { depth }),
    initialModels: initialModelsOf({ jobs: jobs.service, checkpoints, aliases: serving.aliases, copier }),
    importer,
    dropFiles: (job) => checkpoints.removeJob(job),
    chooseOfferedEngine: async (spec, facts) => chooseEngine(engineRequest(spec, facts), ['simd', 'tensorflow'], 1),
    logger: pino({ level: 'silent' }),
    ...deps,
  });
  release(async () => {
    await app.close();
    importer.close();
    await Promise.all([serving.close(), evaluator.close(), copier.close(), bodies.close(), uploads.close()]);
    await rm(folder, { recursive: true, force: true });
  });
  await app.listen({ host: '127.0.0.1', port: 0 });
  const { port } = app.server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenapiDocument;
  return { ...jobs, app, url, checkpoints, datasets, folder, request: client(url, new ResponseContract(document)) };
}

/** One app for all tests of the calling file. */
export function useApp(
  redis: { readonly current: RedisServer },
  options: Partial<AppDeps> = {},
): { readonly current: TestApp } {
  const holder = {} as { current: TestApp };
  const closers: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    holder.current = await startApp(redis.current, { ...options, release: (closer) => closers.push(closer) });
  });
  afterAll(async () => {
    for (const close of closers.reverse()) await close();
  });
  return holder;
}

/** A string, bytes, a stream or a form go as they are, anything else as JSON. */
function client(url: string, contract: ResponseContract): TestApp['request'] {
  return async (method, target, body, headers = {}) => {
    const isForm = body instanceof FormData;
    const isRaw = isForm || [String, Uint8Array, ReadableStream].some((kind) => Object(body) instanceof kind);
    const response = await fetch(url + target, {
      method,
      headers: body === undefined || isForm ? headers : { 'content-type': 'application/json', ...headers },
      body: body === undefined || isRaw ? (body as RequestInit['body']) : JSON.stringify(body),
      duplex: 'half',
    });
    const text = await response.text();
    contract.check(method, target.split('?')[0], response, text);
    const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
    return { status: response.status, headers: response.headers, text, body: isJson ? JSON.parse(text) : {} };
  };
}
