/**
 * What every command gets: the client, and how to say something. Results go to standard output, all else to standard
 * error; with --json standard output has JSON and nothing else.
 */
import { readFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { Chalk, type ChalkInstance, supportsColor, supportsColorStderr } from 'chalk';
import type { Command } from 'commander';
import { LookbackClient } from '../client/client.ts';
import { UsageError } from './failures.ts';

/** The streams and the environment that a command runs in: those of the process, or of a test. */
export interface CommandStreams {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
  stdin: Readable & { isTTY?: boolean };
  env: NodeJS.ProcessEnv;
}

/** Options that every command takes. */
export interface GlobalOptions {
  url?: string;
  keyFile?: string;
  json?: boolean;
  color?: boolean;
}

export interface Context {
  client: LookbackClient;
  isJson: boolean;
  /** Colours of standard output. */
  paint: ChalkInstance;
  /** Columns of standard output. */
  width: number;
  /** Whether a person watches standard error, so that a bar may move there. */
  isWatched: boolean;
  streams: CommandStreams;
  /** A line of the result; nothing with --json. */
  print(line?: string): void;
  /** One JSON document in a line; nothing without --json. */
  printJson(value: unknown): void;
  /** A line beside the result. */
  note(line: string): void;
}

/** Makes a command's action of a function that gets the context, its arguments, and its options last. */
export type Act = <Given extends unknown[]>(
  action: (context: Context, ...given: Given) => Promise<void> | void,
) => (...given: [...Given, Command]) => Promise<void>;

const defaultUrl = 'http://127.0.0.1:3000';
/** Of what is not a terminal: a file or a pipe has no width, but text does. */
const widthOfText = 100;

export function contextOf(options: GlobalOptions, streams: CommandStreams): Context {
  const { stdout, stderr, env } = streams;
  const isJson = options.json ?? false;
  const url = options.url ?? env.LOOKBACK_URL ?? defaultUrl;
  if (!/^https?:\/\/[^/]/.test(url))
    throw new UsageError(`--url must be an address like ${defaultUrl}, but is "${url}".`);
  return {
    client: new LookbackClient(url, { key: keyOf(options, env) }),
    isJson,
    paint: new Chalk({ level: colourLevel(options, env, stdout.isTTY ? supportsColor : false) }),
    width: stdout.columns ?? widthOfText,
    isWatched: (stderr.isTTY ?? false) && !isJson,
    streams,
    print: (line = '') => void (isJson || stdout.write(`${line}\n`)),
    printJson: (value) => void (isJson && stdout.write(`${JSON.stringify(value)}\n`)),
    note: (line) => void stderr.write(`${line}\n`),
  };
}

/** Colours of standard error. */
export function paintOfNotes(options: GlobalOptions, { stderr, env }: CommandStreams): ChalkInstance {
  return new Chalk({ level: colourLevel(options, env, stderr.isTTY ? supportsColorStderr : false) });
}

type ColourLevel = 0 | 1 | 2 | 3;

/** https://no-color.org: any value but an empty one switches colours off. */
function colourLevel(
  options: GlobalOptions,
  env: NodeJS.ProcessEnv,
  support: false | { level: ColourLevel },
): ColourLevel {
  if (options.color === false || env.NO_COLOR) return 0;
  return support === false ? 0 : support.level;
}

function keyOf(options: GlobalOptions, env: NodeJS.ProcessEnv): string | undefined {
  const file = options.keyFile ?? env.LOOKBACK_KEY_FILE;
  if (file === undefined || file === '') return env.LOOKBACK_KEY || undefined;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new UsageError(`The key cannot be read: ${(error as Error).message}`);
  }
}
