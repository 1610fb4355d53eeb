#!/usr/bin/env node
/**
 * The command line from a clone: `npx lookback jobs`. It makes sure that the clone is set up, as far as the command
 * needs it, and becomes that command.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runCommand } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { readSetting } from './setup/setting.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
/** Commands that are programs of their own: they need Redis and the store, and no service. */
const isProgram =
  ['start', 'backup', 'restore'].includes(process.argv[2]) &&
  !process.argv.slice(3).some((word) => /^(-h|--help)$/.test(word));

if (isProgram) await import('./run.mjs');
else {
  await runCommand(async () => {
    await prepare(readSetting({ root, env: process.env, engines: 'simd', withRedis: false }));
    const entry = join(root, 'dist', 'src', 'cli', 'main.js');
    process.argv = [process.argv[0], entry, ...process.argv.slice(2)];
    await import(pathToFileURL(entry).href);
  });
}
