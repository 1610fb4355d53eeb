/**
 * deploy/kubernetes as it would be applied: rendered by kustomize, held to Kubernetes' own schemas, and to what the
 * service itself reads, answers and needs.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { settingNames } from '../../src/platform/config.ts';
import { startApp } from '../support/app.ts';
import { useRedis } from '../support/redis.ts';
import { kubectl, kubernetesVersions, type Manifest, overlays, render, schemaOf } from './kubernetes.ts';

const root = path.resolve(import.meta.dirname, '../..');
const redis = useRedis();
let program: string | Error;

beforeAll(async () => {
  program = await kubectl().catch((error: Error) => error);
});

/** KEDA's fields as far as they are used here (its documentation of ScaledObject, 2.x): Kubernetes has no schema of it. */
const ScaledObject = z.strictObject({
  apiVersion: z.literal('keda.sh/v1alpha1'),
  kind: z.literal('ScaledObject'),
  metadata: z.strictObject({ name: z.string(), namespace: z.string(), labels: z.record(z.string(), z.string()) }),
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ name: z.string() }),
    minReplicaCount: z.int().min(0),
    maxReplicaCount: z.int().positive(),
    pollingInterval: z.int().positive(),
    cooldownPeriod: z.int().positive(),
    advanced: z.strictObject({
      horizontalPodAutoscalerConfig: z.strictObject({ behavior: z.strictObject({ scaleDown: z.object({}) }) }),
    }),
    triggers: z.tuple([
      z.strictObject({
        type: z.literal('metrics-api'),
        metadata: z.strictObject({ url: z.url(), valueLocation: z.string(), targetValue: z.string().regex(/^\d+$/) }),
      }),
    ]),
  }),
});

describe.each(overlays)('%s', (overlay) => {
  let manifests: Manifest[];
  const ofKind = (...kinds: string[]) => manifests.filter(({ kind }) => kinds.includes(kind));
  const named = (kind: string, name: string) => ofKind(kind).find(({ metadata }) => metadata.name === name);

  async function rendered(skip: (reason: string) => never): Promise<void> {
    if (program instanceof Error) return skip(program.message);
    manifests ??= await render(program, overlay);
  }

  test.for(kubernetesVersions)('every object is one of Kubernetes %s', async (version, context) => {
    await rendered((reason) => context.skip(reason));
    const problemsOf = await schemaOf(version);
    const own = manifests.filter(({ apiVersion }) => !apiVersion.startsWith('keda.sh/'));
    expect(own.length).toBeGreaterThan(12);
    expect(own.flatMap((manifest) => problemsOf(manifest).map((problem) => `${manifest.kind}: ${problem}`))).toEqual(
      [],
    );
    const misspelt = structuredClone(named('Deployment', 'api'));
    misspelt.spec.template.spec.containers[0].readynessProbe = {};
    expect(problemsOf(misspelt)).not.toEqual([]);
  });

  test('no container has rights that it does not need, and each says what it takes', async (context) => {
    await rendered((reason) => context.skip(reason));
    const pods = ofKind('Deployment', 'StatefulSet').map(({ spec }) => spec.template.spec);
    expect(pods.length).toBeGreaterThanOrEqual(2);
    for (const pod of pods) {
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(pod.automountServiceAccountToken).toBe(false);
      for (const container of [...(pod.initContainers ?? []), ...pod.containers]) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        const { requests, limits } = container.resources;
        expect(Object.keys(requests).sort()).toEqual(['cpu', 'memory']);
        expect(Object.keys(limits)).toContain('memory');
      }
    }
  });

  test('a pod has longer to end than its process takes to', async (context) => {
    await rendered((reason) => context.skip(reason));
    const preStopSeconds = 5;
    const times = [
      ['api', 'src/main/serve.ts', preStopSeconds],
      ['worker', 'workers/work.ts', 0],
    ] as const;
    for (const [name, file, before] of times) {
      const { spec } = named('Deployment', name).spec.template;
      const [, ms] = /shutdownDeadlineMs = ([\d_]+)/.exec(readFileSync(path.join(root, file), 'utf8'))!;
      expect(spec.terminationGracePeriodSeconds).toBeGreaterThan(before + Number(ms.replace('_', '')) / 1000);
    }
  });

  test('what is named is there: pods of selectors, targets, secrets, settings', async (context) => {
    await rendered((reason) => context.skip(reason));
    const labels = ofKind('Deployment', 'StatefulSet').map(({ spec }) => spec.template.metadata.labels);
    const selectors = [
      ...ofKind('Service').map(({ spec }) => spec.selector),
      ...ofKind('PodDisruptionBudget', 'Deployment', 'StatefulSet').map(({ spec }) => spec.selector.matchLabels),
    ];
    const selects = (selector: object) =>
      labels.some((one) => Object.entries(selector).every(([k, v]) => one[k] === v));
    expect(selectors.filter((selector) => !selects(selector))).toEqual([]);
    expect(named('Deployment', named('HorizontalPodAutoscaler', 'api').spec.scaleTargetRef.name)).toBeDefined();

    const pods = ofKind('Deployment').map(({ spec }) => spec.template.spec);
    const secrets = ofKind('Secret').map(({ metadata }) => metadata.name);
    const wanted = pods.flatMap(({ volumes }) => volumes.flatMap(({ secret }: Manifest) => secret?.secretName ?? []));
    expect(wanted.filter((name) => !secrets.includes(name))).toEqual([]);
    const [settings] = ofKind('ConfigMap');
    const set = [
      ...Object.keys(settings.data),
      ...pods.flatMap(({ containers }) => containers[0].env.map(({ name }: Manifest) => name)),
    ];
    expect(set.filter((name) => !settingNames.includes(name) && !name.startsWith('AWS_'))).toEqual([]);
  });

  test('KEDA finds under the address of its trigger how many workers are needed', async (context) => {
    await rendered((reason) => context.skip(reason));
    const { spec } = ScaledObject.parse(ofKind('ScaledObject')[0]);
    expect(named('Deployment', spec.scaleTargetRef.name)).toBeDefined();
    expect(spec.minReplicaCount).toBe(0);
    const { url, valueLocation, targetValue } = spec.triggers[0].metadata;
    expect(targetValue).toBe('1');
    const { hostname, pathname } = new URL(url);
    const { name, namespace } = named('Service', 'api').metadata;
    expect(hostname).toBe(`${name}.${namespace}.svc.cluster.local`);
    const hosts = ofKind('ConfigMap')[0].data.LOOKBACK_HOSTS.split(',');
    const app = await startApp(redis.current, { hosts });
    const demand = async () => (await app.request('GET', pathname, undefined, { host: hostname })).body[valueLocation];
    expect(await demand()).toBe(0);
    const jobs = [await app.request('POST', '/v1/jobs', {}), await app.request('POST', '/v1/jobs', {})];
    expect(await demand()).toBe(2);
    await app.request('POST', `/v1/jobs/${jobs[0].body.id}/cancel`);
    expect(await demand()).toBe(1);
  });
});
