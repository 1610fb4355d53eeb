/**
 * The demo: starts a Lookback, trains the question's two programs and the second one mended, and shows what each has learned. With --json the result is one document on stdout.
 */
import { parseArgs } from 'node:util';
import { LookbackClient } from '../client/client.ts';
import { presets } from '../jobs/presets.ts';
import { type DemoRun, explain, patterns, rightClasses, runPreset } from './run-preset.ts';
import { startService } from './service.ts';
import { Screen } from './show.ts';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
});
const seed = Number(options.seed);
const screen = new Screen(options.json ? process.stderr : process.stdout);

const service = await startService();
process.once('SIGINT', () => void service.close().then(() => process.exit(130)));
process.once('SIGTERM', () => void service.close().then(() => process.exit(143)));
try {
  const client = new LookbackClient(service.address);
  const runs: Record<string, DemoRun> = {};
  for (const [name, { description }] of Object.entries(presets)) {
    screen.title(name);
    screen.line(`  ${description}`);
    runs[name] = await show(client, name as keyof typeof presets);
  }
  if (options.json) process.stdout.write(`${JSON.stringify({ presets: runs })}\n`);
} finally {
  await service.close();
}

async function show(client: LookbackClient, preset: keyof typeof presets): Promise<DemoRun> {
  const progress = screen.progress();
  const run = await runPreset(client, { preset, training: { seed } }, progress.show).finally(progress.done);
  screen.line(`  Trained on the engine "${run.engine}" in ${run.seconds.toFixed(1)} s.\n`);
  screen.table(
    run.table.map((probabilities, row) => ({ pattern: patterns[row], probabilities, right: rightClasses[row] })),
  );
  screen.line(`\n  ${explain(run.table)}`);
  return run;
}
