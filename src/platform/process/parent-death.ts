/**
 * What a command line begins with, so that Linux kills its program as soon as its parent is dead, whatever the program
 * is doing then. Where that cannot be had (another system, no util-linux) it is empty.
 */
import { spawnSync } from 'node:child_process';

let canBe: boolean | undefined;

export function endsWithItsParent(): readonly string[] {
  return onParentDeath('KILL');
}

/** The same for a program that ends by itself when it notices: should it be stopped then, it goes on, and notices. */
export function wakesWithoutItsParent(): readonly string[] {
  return onParentDeath('CONT');
}

function onParentDeath(signal: 'KILL' | 'CONT'): readonly string[] {
  canBe ??= canBeAsked();
  return canBe ? [...command, signal] : [];
}

const command = ['setpriv', '--pdeathsig'];

function canBeAsked(): boolean {
  return (
    process.platform === 'linux' &&
    spawnSync(command[0], [...command.slice(1), 'KILL', 'true'], { stdio: 'ignore' }).status === 0
  );
}
