/**
 * What a command line begins with, so that Linux kills its program as soon as its parent is dead, whatever the program
 * is doing then. Where that cannot be had (another system, no util-linux) it is empty.
 */
import { spawnSync } from 'node:child_process';

let prefix: readonly string[] | undefined;

export function endsWithItsParent(): readonly string[] {
  prefix ??= canBeAsked() ? command : [];
  return prefix;
}

const command = ['setpriv', '--pdeathsig', 'KILL'];

function canBeAsked(): boolean {
  return (
    process.platform === 'linux' &&
    spawnSync(command[0], [...command.slice(1), 'true'], { stdio: 'ignore' }).status === 0
  );
}
