/** Labels of whole sequences, from the upload to the report: handwritten digits, read row by row. */
import { readFile } from 'node:fs/promises';
import { unzipSync } from 'fflate';
import { expect, test } from 'vitest';
import type {
  Prediction,
  PredictionResultOf,
  SequencePrediction,
  WithProbabilities,
} from '../../src/serving/prediction-result.ts';
import { followToEnd, startCluster } from '../support/cluster.ts';

const file = new URL('../fixtures/handwritten-digits/digits.ndjson', import.meta.url);

test.each(['simd', 'tensorflow'] as const)(
  'are learned by %s, told by /predict and counted by the report',
  async (engine) => {
    const { client, apis } = await startCluster();
    const text = await readFile(file, 'utf8');
    const sheet = await client.uploadDataset(text, { format: 'ndjson' });
    expect(sheet).toMatchObject({ sequences: 240, steps: 8 * 240, labelled: 240, labels: { at: 'end' } });
    const job = await client.submit({
      engine,
      task: { type: 'dataset', dataset: sheet.id },
      data: { batchSize: 16, sequenceLength: 8 },
      model: { layers: 1, units: 24 },
      optimizer: { type: 'adam', learningRate: 0.02 },
      training: { epochs: 40, evaluateEvery: 120 },
    });
    const events = await followToEnd(client, job.id);
    expect(events.at(-1)).toMatchObject({ type: 'status', data: { status: 'succeeded' } });
    expect(events.filter(({ type }) => type === 'evaluation')).toHaveLength(4);
    expect((await client.job(job.id)).accuracy).toBeGreaterThan(0.9);

    const report = await client.report(job.id);
    expect(report.heldOut).toMatchObject({ part: 'test', steps: 24, sequences: 24 });
    expect(report.heldOut.accuracy).toBeGreaterThan(0.6);
    expect(report.perPosition).toEqual([]);
    expect(report.perClass.reduce((sum, { steps }) => sum + steps, 0)).toBe(24);
    // Lags 0 to 7, and one more to show that the influence ends there.
    expect(report.influence.length).toBeLessThanOrEqual(9);
    expect(report.effectiveMemory).toBeGreaterThan(0);

    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { x: number[][]; y: number });
    const sequences = lines.map(({ x }) => x);
    const ask = async <P>(at?: string): Promise<P[]> => {
      const body = JSON.stringify({ job: job.id, sequences, at });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(`${apis[0].url}/predict`, { method: 'POST', headers, body });
      return ((await response.json()) as PredictionResultOf<P>).predictions;
    };
    const { predictions } = await client.predictAtEnd(job.id, sequences);
    expect(await ask<SequencePrediction>()).toEqual(predictions);
    expect(Object.keys(predictions[0])).toEqual(['class', 'label', 'probabilities']);
    expect(predictions[0].probabilities).toHaveLength(10);
    expect(predictions.filter(({ label }, n) => label === lines[n].y).length).toBeGreaterThan(0.85 * lines.length);
    const ofSteps = await ask<WithProbabilities<Prediction>>('every-step');
    expect(ofSteps[0].probabilities.map((step) => step.length)).toEqual(Array(8).fill(10));
    expect(ofSteps[0].probabilities.at(-1)).toEqual(predictions[0].probabilities);
    // A small request is answered on the event loop.
    expect((await client.predictAtEnd(job.id, sequences.slice(0, 1))).predictions).toEqual(predictions.slice(0, 1));

    const zip = await fetch(`${apis[0].url}/v1/jobs/${job.id}/checkpoints/latest/download`);
    const files = unzipSync(new Uint8Array(await zip.arrayBuffer()));
    const layers = JSON.parse(Buffer.from(files['model.json']).toString()).modelTopology.config.layers;
    expect(layers[0].config.return_sequences).toBe(false);
  },
);

test('a model of steps tells what it says after the last one', async () => {
  const { client } = await startCluster();
  const job = await client.submit({ engine: 'simd', training: { steps: 20 }, diagnose: false });
  await followToEnd(client, job.id);
  const sequences = [[0, 1, 1], [1]];
  const steps = (await client.predict(job.id, sequences)).predictions;
  const expected = steps.map(({ classes, probabilities }) => ({
    class: classes.at(-1),
    probabilities: probabilities.at(-1),
  }));
  expect((await client.predictAtEnd(job.id, sequences)).predictions).toEqual(expected);
});
