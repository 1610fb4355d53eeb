/**
 * The atomic verbs over a session, one Lua script each, in the files beside this one.
 */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

type Argument = string | number;

export interface SessionCommands {
  createSession(...args: Argument[]): Promise<string[]>;
  beginSession(...args: Argument[]): Promise<string>;
  advanceSession(...args: Argument[]): Promise<string>;
  endSession(...args: Argument[]): Promise<number>;
}

const scripts = {
  createSession: { file: 'create.lua', numberOfKeys: 3 },
  beginSession: { file: 'begin.lua', numberOfKeys: 2 },
  advanceSession: { file: 'advance.lua', numberOfKeys: 2 },
  endSession: { file: 'end.lua', numberOfKeys: 2 },
};

/** Teaches a connection the verbs; ioredis sends a script once and calls it by its hash afterwards. */
export function withSessionCommands(redis: Redis): Redis & SessionCommands {
  for (const [name, { file, numberOfKeys }] of Object.entries(scripts)) {
    redis.defineCommand(name, { numberOfKeys, lua: readFileSync(new URL(file, import.meta.url), 'utf8') });
  }
  return redis as Redis & SessionCommands;
}
