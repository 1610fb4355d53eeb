/**
 * What package.json promises of Node holds for every package that package-lock.json brings along.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { minVersion, satisfies } from 'semver';
import { expect, test } from 'vitest';
import { projectRoot } from './fake-clone.ts';

interface LockedPackage {
  version: string;
  engines?: { node?: string };
}

const readJson = (name: string) => JSON.parse(readFileSync(join(projectRoot, name), 'utf8'));
const oldest = minVersion(readJson('package.json').engines.node)!.version;
const packages: Record<string, LockedPackage> = readJson('package-lock.json').packages;

test('the oldest supported Node is 20.19', () => {
  expect(oldest).toBe('20.19.0');
});

test.each([oldest, '22.13.0', '24.0.0'])('no package excludes Node %s', (node) => {
  const excluding = Object.entries(packages)
    .filter(([, { engines }]) => engines?.node !== undefined && !satisfies(node, engines.node))
    .map(([path, { version, engines }]) => `${path} ${version} wants ${engines!.node}`);
  expect(excluding).toEqual([]);
});
