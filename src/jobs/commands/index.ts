/**
 * The atomic verbs over a job's keys, one Lua script each, in the files beside this one.
 */
import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

type Argument = string | number;

export interface JobCommands {
  createJob(...args: Argument[]): Promise<string[]>;
  commitJob(...args: Argument[]): Promise<string[]>;
  removeJob(...args: Argument[]): Promise<string>;
  leadDuty(...args: Argument[]): Promise<number>;
}

const scripts = {
  createJob: { file: 'create.lua', numberOfKeys: 7 },
  commitJob: { file: 'commit.lua', numberOfKeys: 8 },
  removeJob: { file: 'remove.lua', numberOfKeys: 6 },
  leadDuty: { file: 'lead.lua', numberOfKeys: 1 },
};

/** Teaches a connection the verbs; ioredis sends a script once and calls it by its hash afterwards. */
export function withJobCommands(redis: Redis): Redis & JobCommands {
  for (const [name, { file, numberOfKeys }] of Object.entries(scripts)) {
    redis.defineCommand(name, { numberOfKeys, lua: readFileSync(new URL(file, import.meta.url), 'utf8') });
  }
  return redis as Redis & JobCommands;
}
