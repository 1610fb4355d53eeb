/** The threads that help a trainer of the engine simd: there when they are needed, gone when they are not, and missed when they die. */
import { execFile } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import path from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { promisify } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { Trainer } from '../../src/engine/contract.ts';
import { openSimdEngine } from '../../src/engine/simd/engine.ts';
import { makeCase, sgd, smallSize, startTrainer } from './cases.ts';

const given = makeCase(smallSize);
const dist = path.resolve(import.meta.dirname, '../../dist');

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

describe('threads of a trainer', () => {
  it('are one fewer than it computes on, so that a small model starts none', () => {
    expect(trainerOn(1).helpers).toHaveLength(0);
    const { trainer, helpers } = trainerOn(3);
    expect(helpers).toHaveLength(2);
    trainer.dispose();
  });

  it('end with it', async () => {
    const { trainer, exits } = trainerOn(3);
    trainer.step(given.batch);
    trainer.dispose();
    await Promise.all(exits);
  });

  it('end when it is disposed of before they have begun', async () => {
    const { trainer, exits } = trainerOn(3);
    trainer.dispose();
    await Promise.all(exits);
  });

  it('end when it is forgotten', async () => {
    let ended = false;
    trainerOn(2).exits[0].then(() => {
      ended = true;
    });
    while (!ended) {
      collectGarbage();
      await nextTurn();
    }
  });

  it('do not keep a process', async () => {
    const code = `
      import { openSimdEngine } from '${dist}/src/engine/simd/engine.js';
      import { stackOf } from '${dist}/src/model/description.js';
      const model = stackOf({ features: 1, units: [2], classes: 2 });
      const optimizer = { type: 'sgd', learningRate: 0.1, clipNorm: null };
      const config = { model, batchSize: 1, sequenceLength: 1, optimizer, carryState: false };
      const state = { weights: new Float32Array(38), slots: {}, carried: new Float32Array(4) };
      const trainer = openSimdEngine({ threads: 3 }).createTrainer(config, state);
      trainer.step({ batchSize: 1, sequenceLength: 1, inputs: Float32Array.of(1), labels: Int32Array.of(0), mask: Float32Array.of(1) });
      console.log(trainer.metrics().loss.toFixed(4));`;
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code]);
    expect(stdout).toBe('0.6931\n');
  });
});

describe('a trainer whose thread has died', () => {
  it('throws at its next step', async () => {
    const { trainer, helpers } = trainerOn(3);
    trainer.step(given.batch);
    await helpers[1].terminate();
    expect(() => trainer.step(given.batch)).toThrow('thread');
    expect(() => trainer.probabilities(given.batch)).toThrow('thread');
  });

  it('throws though nothing can tell it, because it hears no sign of life', () => {
    const { trainer, helpers } = trainerOn(2);
    // Its end is an event, which has no turn before the step.
    void helpers[0].terminate();
    expect(() => trainer.step(given.batch)).toThrow('thread');
  }, 60_000);

  it('ends the others', async () => {
    const { trainer, helpers, exits } = trainerOn(3);
    await helpers[0].terminate();
    expect(() => trainer.step(given.batch)).toThrow('thread');
    await Promise.all(exits);
  });
});

/** A trainer, the threads that it has started, and their ends. */
function trainerOn(threads: number): { trainer: Trainer; helpers: Worker[]; exits: Promise<unknown>[] } {
  const helpers: Worker[] = [];
  const add = (message: unknown) => helpers.push((message as { worker: Worker }).worker);
  subscribe('worker_threads', add);
  const trainer = startTrainer(openSimdEngine({ threads }), given, sgd);
  unsubscribe('worker_threads', add);
  const exits = helpers.map((helper) => new Promise((resolve) => helper.once('exit', resolve)));
  return { trainer, helpers, exits };
}
