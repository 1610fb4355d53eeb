/**
 * The process of a worker.
 */
import { runProcess } from '../src/platform/process/entry.ts';

await runProcess('worker', async () => (await import('./work.ts')).work);
