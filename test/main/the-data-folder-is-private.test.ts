/** Other users of the machine cannot read what lies in the data folder. */
import { chmod, mkdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { openStore } from '../../src/storage/open.ts';
import { environmentIn, isServing, ownFolder, run, serverEntry } from '../support/service.ts';

const modeOf = async (folder: string) => (await stat(folder)).mode & 0o777;

test('its parts are made with mode 0700, and those that others could read are closed when the service starts', async () => {
  const folder = await ownFolder();
  const [checkpoints, datasets, redis] = ['checkpoints', 'datasets', 'redis'].map((part) =>
    path.join(folder, 'data', part),
  );
  await mkdir(checkpoints, { recursive: true });
  await chmod(checkpoints, 0o755);
  const service = run([process.execPath, serverEntry], environmentIn(folder));
  await isServing(service);
  for (const part of [checkpoints, datasets, redis]) expect(await modeOf(part), part).toBe(0o700);
  service.process.kill('SIGTERM');
  expect(await service.ended).toBe(0);
});

test('a folder that is closed already stays as it is', async () => {
  const folder = await ownFolder();
  const checkpoints = path.join(folder, 'checkpoints');
  await (await openStore(folder)).prepare();
  await chmod(checkpoints, 0o1700);
  await (await openStore(folder)).prepare();
  expect((await stat(checkpoints)).mode & 0o7777).toBe(0o1700);
});
