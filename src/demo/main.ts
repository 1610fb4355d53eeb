/**
 * The demo: starts a Lookback, trains the question's two programs and the second one mended, and shows what each has
 * learned; then the first one with the doctor's patch, and the second one on both engines. With --json the result is
 * one document on stdout.
 */
import { parseArgs } from 'node:util';
import { LookbackClient } from '../client/client.ts';
import type { DoctorReport } from '../diagnosis/doctor/doctor-schema.ts';
import { engineNames } from '../engine/registry.ts';
import { leave } from '../platform/process/leave.ts';
import type { JobSpecInput } from '../spec/job-spec.ts';
import { presets } from '../spec/presets.ts';
import { type DemoRun, explain, patched, patterns, rightClasses, run } from './run.ts';
import { startService } from './service.ts';
import { Screen } from './show.ts';

const { values: options } = parseArgs({
  options: { json: { type: 'boolean', default: false }, seed: { type: 'string', default: '1' } },
});
const training = { seed: Number(options.seed) };
const screen = new Screen(options.json ? process.stderr : process.stdout);

type Shown = DemoRun & { doctor: DoctorReport | null };

const service = await startService();
/** A second signal changes nothing: the service ends within its deadline. */
const exitCodes = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };
for (const [signal, code] of Object.entries(exitCodes)) {
  process.on(signal, () => {
    screen.close();
    void service.close().then(() => leave(code));
  });
}
// The program that reads the result may end before, as `head` does; a terminal may have been closed.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', () => void service.close().then(() => leave(1)));
}
try {
  const client = new LookbackClient(service.address);
  const shown: Record<string, Shown> = {};
  for (const [name, { description }] of Object.entries(presets)) {
    screen.title(name);
    screen.text(description);
    shown[name] = await show(client, { preset: name as keyof typeof presets, training });
  }
  const document = {
    presets: shown,
    patched: await showPatched(client, shown.broken.doctor),
    engines: await compareEngines(client),
  };
  screen.next();
  if (options.json) process.stdout.write(`${JSON.stringify(document)}\n`);
} finally {
  await service.close();
}

/** What the doctor says before, the training, and what the report says after. */
async function show(client: LookbackClient, spec: JobSpecInput): Promise<Shown> {
  const { doctor } = await client.validate(spec);
  screen.findings(doctor?.findings ?? []);
  const progress = screen.progress();
  const result = await run(client, spec, progress.show).finally(progress.done);
  screen.text(`Trained on the engine "${result.engine}"; ${result.seconds.toFixed(1)} s with diagnosis.`);
  screen.table(
    result.table.map((probabilities, row) => ({ pattern: patterns[row], probabilities, right: rightClasses[row] })),
  );
  screen.text(explain(result.table));
  if (result.report) screen.text(`Report: ${result.report.verdict}`);
  return { ...result, doctor };
}

async function showPatched(client: LookbackClient, doctor: DoctorReport | null): Promise<Shown | null> {
  const patch = doctor?.findings.find((finding) => finding.patch)?.patch;
  if (!patch) return null;
  screen.title('broken, with the doctor’s patch');
  screen.text(patch.map(({ path, value }) => `${path} = ${JSON.stringify(value)}`).join(', '));
  const { spec } = await client.validate({ preset: 'broken', training });
  return show(client, patched(spec, patch));
}

/** The working program on each engine: the same job, other speed. */
async function compareEngines(client: LookbackClient): Promise<Record<string, DemoRun>> {
  screen.title('working, on either engine');
  const runs: Record<string, DemoRun> = {};
  for (const engine of engineNames) {
    try {
      runs[engine] = await run(client, { preset: 'working', training, engine, diagnose: false }, () => {});
    } catch (error) {
      screen.text(`${engine}: ${(error as Error).message}`);
      continue;
    }
    const { seconds, curve, table } = runs[engine];
    const worst = Math.min(...rightClasses.map((c, row) => table[row][c]));
    const loss = curve.at(-1)!.loss.toFixed(4);
    screen.text(`${engine.padEnd(10)} ${seconds.toFixed(2)} s, loss ${loss}, right class ≥ ${worst.toFixed(4)}`);
  }
  return runs;
}
