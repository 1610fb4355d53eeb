/**
 * Whether this process was started to live on when its terminal is closed. JavaScript, since the set-up asks before
 * anything is compiled. Node takes back an inherited "ignore SIGHUP" before any JavaScript runs, and so do npm and
 * every other Node process on the way; what `nohup` leaves elsewhere still shows.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import path from 'node:path';

/** SIGHUP is signal 1: the lowest bit of the masks in /proc/PID/status. */
const hangUpBit = 1n;
const writeOnly = 1;

/** @param {NodeJS.ProcessEnv} environment */
export function ignoresHangUp(environment = process.env) {
  return (
    // The shell says there which program it started.
    path.basename(environment._ ?? '') === 'nohup' || hasInputOfNohup() || hasOutputOfNohup() || parentIgnoresHangUp()
  );
}

/** In place of a terminal nohup gives a /dev/null that can only be written to. */
function hasInputOfNohup() {
  const flags = /^flags:\s*([0-7]+)$/m.exec(readText('/proc/self/fdinfo/0'))?.[1];
  return (
    flags !== undefined && (Number.parseInt(flags, 8) & 3) === writeOnly && linkOf('/proc/self/fd/0') === '/dev/null'
  );
}

function hasOutputOfNohup() {
  return path.basename(linkOf('/proc/self/fd/1')) === 'nohup.out';
}

/** As a shell does after `trap '' HUP`. */
function parentIgnoresHangUp() {
  const mask = /^SigIgn:\s*([0-9a-f]+)$/m.exec(readText(`/proc/${process.ppid}/status`))?.[1];
  return mask !== undefined && (BigInt(`0x${mask}`) & hangUpBit) !== 0n;
}

/**
 * Empty where there is no such file: /proc is Linux'.
 *
 * @param {string} file
 */
function readText(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/** @param {string} file */
function linkOf(file) {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
