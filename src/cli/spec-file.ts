/**
 * A job spec from a file, JSON or YAML, with fields that the command line sets on top of it.
 */
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parse } from 'yaml';
import type { JobSpecInput } from '../spec/job-spec.ts';
import type { CommandStreams } from './context.ts';
import { UsageError, unreadable } from './failures.ts';

export interface SpecSource {
  /** Path of a file; `-` is standard input; undefined: all comes from the options. */
  file?: string;
  preset?: string;
  name?: string;
  /** As in `optimizer.learningRate=0.1`; later ones count. */
  settings: readonly string[];
}

/** @throws UsageError where the file is not there, is no spec, or a setting is no `path=value`. */
export async function readSpec(
  { file, preset, name, settings }: SpecSource,
  { stdin }: CommandStreams,
): Promise<JobSpecInput> {
  const spec = file === undefined ? {} : specOf(await readText(file, stdin), file);
  if (preset !== undefined) spec.preset = preset;
  if (name !== undefined) spec.name = name;
  for (const setting of settings) set(spec, setting);
  return spec as JobSpecInput;
}

/** The text of a file, or of standard input for `-`. */
export async function readText(file: string, stdin: CommandStreams['stdin']): Promise<string> {
  if (file === '-') return text(stdin);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error as NodeJS.ErrnoException);
  }
}

type Fields = Record<string, unknown>;

/** JSON is YAML as well. */
function specOf(content: string, file: string): Fields {
  let parsed: unknown;
  try {
    parsed = parse(content);
  } catch (error) {
    throw new UsageError(`${file} is neither JSON nor YAML: ${(error as Error).message.split('\n')[0]}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new UsageError(`${file} must hold a job spec, an object of fields, but holds ${kindOf(parsed)}.`);
  }
  return parsed as Fields;
}

function kindOf(value: unknown): string {
  if (value === null) return 'nothing';
  return Array.isArray(value) ? 'a list' : `a ${typeof value}`;
}

/** `model.units=[8,8]`: the value is JSON where it can be, otherwise text. */
function set(spec: Fields, setting: string): void {
  const at = setting.indexOf('=');
  const path = setting.slice(0, Math.max(0, at)).split('.');
  if (at < 1 || path.some((part) => part === '' || part === '__proto__')) {
    throw new UsageError(`--set takes a field and its value, as in optimizer.learningRate=0.1, but got "${setting}".`);
  }
  const last = path.pop()!;
  let place = spec;
  for (const part of path) {
    if (typeof place[part] !== 'object' || place[part] === null) place[part] = {};
    place = place[part] as Fields;
  }
  place[last] = parsedValue(setting.slice(at + 1));
}

function parsedValue(word: string): unknown {
  try {
    return JSON.parse(word);
  } catch {
    return word;
  }
}
