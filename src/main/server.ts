/**
 * The process that serves.
 */
import { runProcess } from '../platform/process/entry.ts';

await runProcess('api', async () => (await import('./serve.ts')).serve);
