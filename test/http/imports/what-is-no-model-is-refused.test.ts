/** Files that are no model, and requests that do not describe theirs: refused by name, and nothing of them stays. */
import { unzipSync, zipSync } from 'fflate';
import { describe, expect, test } from 'vitest';
import { useApp } from '../../support/app.ts';
import { watchLoop } from '../../support/loop-watch.ts';
import { useRedis } from '../../support/redis.ts';
import { filesLeft, fixture, imported, importFile, predicted } from './imports.ts';

const api = useApp(useRedis());

describe('a file that is no model', () => {
  const whole = fixture('torch.safetensors');
  const weights = (bytes: Uint8Array) =>
    zipSync({ 'config.json': unzipSync(fixture('two-layers.keras'))['config.json'], 'model.weights.h5': bytes });
  const files: Record<string, () => Uint8Array> = {
    'with a header of 2^60 bytes': () => {
      const bytes = Buffer.from(whole);
      bytes.writeBigUInt64LE(2n ** 60n);
      return bytes;
    },
    'of layers that are not supported': () => fixture('relu.keras'),
    'of noise in HDF5': () => weights(Buffer.alloc(5_000, 7)),
    'that is a zip bomb': () => {
      const zip = Buffer.from(weights(Buffer.alloc(5_000_000)));
      zip.writeUInt32LE(1_000, zip.lastIndexOf('model.weights.h5') - 46 + 24);
      return zip;
    },
  };

  test.each(Object.keys(files))('%s is refused, leaves nothing, and does not hold the loop', async (what) => {
    const before = filesLeft(api.current);
    const file = files[what]();
    const watch = watchLoop();
    const { status, body } = await importFile(api.current, file);
    const { longestMs } = watch.stop();
    expect(body).toMatchObject({
      status: 400,
      code: expect.stringMatching(/^(invalid_model|unsupported_model|json_too_deep)$/),
    });
    expect([status, body.errors.length]).toEqual([400, 1]);
    expect(body.detail).toMatch(/\.$/);
    expect(longestMs).toBeLessThan(100);
    expect(filesLeft(api.current)).toEqual(before);
  });

  test('what layers in front of the network say of inputs need not be said again', async () => {
    const inputs = JSON.stringify({ kind: 'numbers', features: [{ mean: 1 }, { mean: 2 }] });
    expect((await importFile(api.current, fixture('normalized.keras'), { inputs })).body.errors).toEqual([
      { path: 'inputs', message: 'must be left out: the file says it' },
    ]);
  });

  test('requests that do not describe the file', async () => {
    const refused = async (query: Record<string, string>, name = 'torch.safetensors') =>
      (await importFile(api.current, fixture(name), query)).body.errors;
    expect(await refused({ labels: '["a","b"]' })).toEqual([
      { path: 'labels', message: 'has 2 names, but the model has 3 classes' },
    ]);
    expect(await refused({ labels: '["a","a","b"]' })).toEqual([expect.objectContaining({ path: 'labels' })]);
    expect(await refused({ labels: 'a,b,c' })).toEqual([expect.objectContaining({ path: 'labels' })]);
    expect(await refused({ inputs: '{"kind":"strings","vocabulary":["a","b","c"]}' })).toEqual([
      { path: 'inputs', message: 'has a string at place 2, but the model takes 2 numbers' },
    ]);
    const features = [{}, {}];
    for (const [domain, message] of [
      [{ kind: 'ranges', ranges: [] }, 'has 0 ranges for 2 features'],
      [{ kind: 'ranges', ranges: [{ from: 0 }] }, expect.any(String)],
    ]) {
      const inputs = JSON.stringify({ kind: 'numbers', features, domain });
      expect(await refused({ inputs })).toContainEqual(expect.objectContaining({ message }));
    }
    const scaled = JSON.stringify({ kind: 'numbers', features: [{ mean: 1 }, {}], domain: { kind: 'one-hot' } });
    expect(await refused({ inputs: scaled })).toEqual([
      { path: 'inputs', message: 'has a domain, which goes with numbers that are taken as they are' },
    ]);
    expect(await refused({ at: 'end' }, 'two-layers.keras')).toEqual([expect.objectContaining({ path: 'at' })]);
    expect(await refused({ what: 'is this' })).toEqual([expect.objectContaining({ path: 'what' })]);
    expect((await importFile(api.current, whole, {}, { 'content-type': 'text/plain' })).status).toBe(415);
  });

  test('labels, inputs and place that the request describes', async () => {
    const inputs = JSON.stringify({ kind: 'strings', vocabulary: ['left', 'right'] });
    const { id, imported: about } = await imported(api.current, whole, { inputs, labels: '["x","y","z"]', at: 'end' });
    expect(about).toMatchObject({ inputs: 'request', labels: 'request', at: 'request' });
    const { predictions } = await predicted(api.current, id, [['left', 'right']]);
    expect(predictions).toEqual([
      expect.objectContaining({ label: expect.stringMatching(/^[xyz]$/), probabilities: expect.any(Array) }),
    ]);
    expect(await predicted(api.current, id, [['up']])).toMatchObject({ code: 'invalid_input' });
  });
});

test('a file of thousands of layers that do nothing does not fill the record', async () => {
  const files = unzipSync(fixture('two-layers.keras'));
  const config = JSON.parse(Buffer.from(files['config.json']).toString());
  const layers: { class_name: string; config: object }[] = config.config.layers;
  const dropouts = Array.from({ length: 5_000 }, (_, n) => ({
    class_name: 'Dropout',
    config: { name: `${n}${'x'.repeat(300)}`, rate: 0.1 },
  }));
  layers.splice(1, 0, ...dropouts);
  const { imported: about } = await imported(
    api.current,
    zipSync({ ...files, 'config.json': Buffer.from(JSON.stringify(config)) }),
  );
  expect(about.ignored).toHaveLength(33);
  expect(about.ignored.at(-1)).toBe('and 4968 more');
  expect(JSON.stringify(about).length).toBeLessThan(10_000);
});
