/** Every registered engine against the contract; what it says of itself without being loaded; and that the set-up knows it. */
import { describe, expect, it } from 'vitest';
import { readSetting } from '../../scripts/setup/setting.mjs';
import { chooseEngine } from '../../src/engine/choose.ts';
import { loadEngine } from '../../src/engine/load.ts';
import { engineNames, engines, installedEngines } from '../../src/engine/registry.ts';
import { labelPlaces, stackOf } from '../../src/model/description.ts';
import { EngineUnavailableError } from '../../src/platform/errors.ts';
import { describeEngine } from './contract.ts';

for (const engine of await Promise.all(engineNames.map((name) => loadEngine(name, 1)))) describeEngine(engine);

const size = { features: 1, units: [5, 5], classes: 4 };
const step = { model: stackOf(size), batchSize: 7, sequenceLength: 50 };

const [known] = step.model.layers;
const ofUnknownKind = { ...step.model, layers: [{ ...known, kind: 'other' as 'lstm' }] };

describe.each(engineNames)('the definition of %s', (name) => {
  it('goes by its name, and is known to the set-up', async () => {
    expect((await loadEngine(name, 1)).name).toBe(name);
    expect(readSetting({ root: '.', env: { HOME: '/' } }).engines).toContain(name);
  });

  it('says that it is installed where it could be loaded', () => {
    expect(installedEngines()).toContain(name);
  });

  it('has a time for one of each term of its cost', () => {
    const { terms, seconds } = engines[name].cost;
    expect(terms(step, 2)).toHaveLength(seconds.length);
  });

  it.each(labelPlaces)('supports LSTM layers with labels at %s', (at) => {
    expect(engines[name].supports(stackOf({ ...size, at }))).toBe(true);
  });

  it('names a kind of layer that it does not know', () => {
    expect(engines[name].supports(ofUnknownKind)).toEqual({ reason: 'knows no layers of kind other' });
  });
});

describe('a model that no engine supports', () => {
  it.each(['auto', 'simd'] as const)('is refused with the reason, asked for %s', (engine) => {
    const choose = () => chooseEngine({ ...step, engine, model: ofUnknownKind }, ['simd'], 1);
    expect(choose).toThrow(EngineUnavailableError);
    expect(choose).toThrow('knows no layers of kind other');
  });
});
