/**
 * `npm run chaos -- --jobs 200 --minutes 10 --seed 1 --store s3`: prints what was done and what it came to as JSON; exits with 1
 * when the promise was broken.
 */
import { parseArgs } from 'node:util';
import { runChaos } from './run.ts';

// What a run started ends with it, also when it is broken off.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '200' },
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    store: { type: 'string', default: 'folder' },
  },
});

if (values.store !== 'folder' && values.store !== 's3')
  throw new Error(`--store takes folder or s3, not ${values.store}.`);
const result = await runChaos({
  store: values.store,
  jobs: Number(values.jobs),
  minutes: Number(values.minutes),
  seed: Number(values.seed),
  dist: new URL('../', import.meta.url),
  say: (message) => process.stderr.write(`${new Date().toISOString()} ${message}\n`),
});
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
if (result.verdict.breaches.length > 0) process.exitCode = 1;
