/** docker-compose.yml hands what stands in .env to the services that read it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { settingNames } from '../../src/platform/config.ts';

const root = path.resolve(import.meta.dirname, '../..');
const text = await readFile(path.join(root, 'docker-compose.yml'), 'utf8');
const { services } = parse(text, { merge: true }) as {
  services: Record<string, { environment?: Record<string, string | null> }>;
};
const example = await readFile(path.join(root, '.env.example'), 'utf8');
const offered = [...example.matchAll(/^(?:# )?([A-Z][A-Z0-9_]+)=/gm)].map(([, name]) => name);

test('API and workers reach the same bucket with the same right', () => {
  const ofStore = offered.filter((name) => /^(AWS|LOOKBACK_STORE)/.test(name));
  expect(ofStore).toEqual(expect.arrayContaining(['LOOKBACK_STORE', 'AWS_REGION', 'AWS_ACCESS_KEY_ID']));
  for (const service of ['api', 'worker']) {
    const passed = services[service].environment ?? {};
    // Null, which is not the same as empty: what is not set is absent in the container.
    expect(Object.fromEntries(ofStore.map((name) => [name, passed[name]])), service).toEqual(
      Object.fromEntries(ofStore.map((name) => [name, null])),
    );
  }
});

test('whatever .env.example offers is used', () => {
  const isUsed = (name: string) => text.includes(`\${${name}:-`) || new RegExp(`^ +${name}:$`, 'm').test(text);
  expect(offered.filter((name) => !isUsed(name))).toEqual([]);
});

test('what the services are given, they read', () => {
  const given = ['api', 'worker'].flatMap((name) => Object.keys(services[name].environment ?? {}));
  expect(given.filter((name) => !settingNames.includes(name) && !name.startsWith('AWS_'))).toEqual([]);
});
