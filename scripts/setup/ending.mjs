/**
 * How the set-up ends when a signal or an error ends it early: first the programs that it runs, with all that those
 * have started, then its locks are free, then this process ends by the same signal.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ignoresHangUp } from '../../src/platform/process/hang-up.mjs';

/** Time for a program to end by itself, and for the system to end it. */
const graceMs = 3_000;
const lookAgainAfterMs = 20;

/** The process groups of the programs that run. @type {Set<number>} */
const groups = new Set();
/** What frees a lock at once. @type {Set<() => void>} */
const frees = new Set();
const signals = /** @type {const} */ (['SIGINT', 'SIGTERM', ...(ignoresHangUp() ? [] : ['SIGHUP'])]);
let isListening = false;
let hasEnded = false;

/** Whether a signal has come: what a program answers from now on says nothing about the program. */
export const isEnding = () => hasEnded;

/**
 * @param {number} group
 * @returns {() => void} To be called when the program has ended.
 */
export const endGroupWithUs = (group) => addTo(groups, group);

/**
 * @param {() => void} free
 * @returns {() => void} To be called when there is nothing to free any more.
 */
export const freeAtEnd = (free) => addTo(frees, free);

/**
 * Ends process groups and waits until they are gone, for some seconds at most.
 *
 * @param {Iterable<number>} ending
 */
export async function endGroups(ending) {
  const left = new Set(ending);
  for (const signal of /** @type {const} */ (['SIGTERM', 'SIGKILL'])) {
    for (const group of left) signalGroup(group, signal);
    const deadline = performance.now() + graceMs;
    while (left.size > 0 && performance.now() < deadline) {
      for (const group of left) if (!signalGroup(group, 0)) left.delete(group);
      if (left.size > 0) await delay(lookAgainAfterMs);
    }
  }
}

/**
 * @template T
 * @param {Set<T>} set
 * @param {T} item
 */
function addTo(set, item) {
  set.add(item);
  listen();
  return () => {
    set.delete(item);
    listen();
  };
}

/** Listens for signals while there is something to end: at other times they belong to the program that the set-up was for. */
function listen() {
  const shouldListen = groups.size + frees.size > 0;
  if (shouldListen === isListening) return;
  isListening = shouldListen;
  for (const signal of signals) process[shouldListen ? 'on' : 'off'](signal, end);
  process[shouldListen ? 'on' : 'off']('exit', endAtOnce);
}

/** @param {NodeJS.Signals} signal */
async function end(signal) {
  // A second signal means that the user does not want to wait.
  if (hasEnded) return endAtOnce();
  hasEnded = true;
  await endGroups(groups);
  for (const free of frees) free();
  for (const name of signals) process.off(name, end);
  process.kill(process.pid, signal);
}

function endAtOnce() {
  for (const group of groups) signalGroup(group, 'SIGKILL');
  for (const free of frees) free();
}

/**
 * @param {number} group
 * @param {NodeJS.Signals | 0} signal
 * @returns {boolean} Whether there was anybody.
 */
function signalGroup(group, signal) {
  try {
    process.kill(-group, signal);
    return true;
  } catch {
    return false;
  }
}
