/**
 * `npm run dev`: the service, built and started again whenever a source changes. Its data folder stays, and with it
 * jobs, checkpoints and the embedded Redis' file. A change that does not compile is shown, and the service that runs
 * goes on.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { watch } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runCommand } from './setup/command.mjs';
import { prepare } from './setup/prepare.mjs';
import { say } from './setup/progress.mjs';
import { readSetting } from './setup/setting.mjs';

/** An editor writes several files, some of them twice. */
const settledAfterMs = 150;
const watched = ['src', 'workers'];
const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** @type {import('node:child_process').ChildProcess | undefined} */
let service;
/** When it has ended. @type {Promise<unknown>} */
let gone = Promise.resolve();
/** @type {NodeJS.Timeout | undefined} */
let settling;
let work = Promise.resolve();
let isEnding = false;

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) process.on(signal, () => end(signal));
for (const folder of watched) {
  watch(join(root, folder), { recursive: true }, (_, file) => {
    // A build puts WebAssembly among the sources.
    if (file?.endsWith('.wasm')) return;
    clearTimeout(settling);
    settling = setTimeout(schedule, settledAfterMs);
  });
}
schedule();

/** One round after the other: a change during a build asks for another. */
function schedule() {
  work = work.then(() => runCommand(round));
}

async function round() {
  if (isEnding) return;
  const { redisServer } = await prepare(readSetting({ root, env: process.env }));
  service?.kill('SIGTERM');
  await gone;
  if (isEnding) return;
  if (redisServer !== undefined) process.env.LOOKBACK_REDIS_SERVER = redisServer;
  start();
}

function start() {
  const child = fork(join(root, 'dist', 'src', 'main', 'server.js'), {
    execArgv: ['--enable-source-maps'],
    // Ctrl-C reaches it through us, once.
    detached: true,
  });
  service = child;
  gone = once(child, 'exit').then(([code, signal]) => {
    service = undefined;
    if (!isEnding) say(`the service ended (${signal ?? `exit code ${code}`}); a change starts it again`);
  });
  child.on('message', (/** @type {{ address?: string }} */ { address }) => {
    if (address) say(`the service listens on ${address}; a change of ${watched.join(' or ')} starts it again`);
  });
}

/**
 * The first signal lets a round end and the service drain, the second is passed on.
 *
 * @param {NodeJS.Signals} signal
 */
function end(signal) {
  const isSecond = isEnding;
  isEnding = true;
  void (isSecond ? finish(signal) : work.then(() => finish('SIGTERM')));
}

/** @param {NodeJS.Signals} signal */
async function finish(signal) {
  service?.kill(signal);
  await gone;
  process.exit(0);
}
