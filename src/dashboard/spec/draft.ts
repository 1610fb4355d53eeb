/**
 * A job spec that is being written: what was given, and what the service says of it, asked again after each change.
 */
import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';
import { ApiError, ApiUnavailableError } from '../../client/client.ts';
import type { Validation } from '../../jobs/use-cases/validate.ts';
import type { JobSpecInput } from '../../spec/job-spec.ts';
import { wordsOf } from '../live/connection.ts';
import { client } from '../service.ts';

export type SpecFields = Record<string, unknown>;

/** What the service says of a spec; pending: it was not asked yet about the spec as it is now. */
export type SpecVerdict =
  | { status: 'pending' }
  | { status: 'valid'; validation: Validation }
  | { status: 'invalid'; message: string; errors: readonly { path: string; message: string }[] };

const pauseMs = 250;
const retryMs = 2_000;

export class SpecDraft {
  /** As JSON, as it stands in the editor. */
  readonly text = signal('{}');
  readonly parsed: ReadonlySignal<{ fields: SpecFields } | { problem: string }>;
  readonly verdict = signal<SpecVerdict>({ status: 'pending' });
  /** The last valid spec, complete: what fields have where nothing is given; null: none was valid yet. */
  readonly complete = signal<SpecFields | null>(null);
  readonly #stop: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #turn = 0;

  constructor(fields: SpecFields) {
    this.set(fields);
    this.parsed = computed(() => parseSpec(this.text.value));
    this.#stop = effect(() => this.#ask());
  }

  set(fields: SpecFields): void {
    this.text.value = JSON.stringify(fields, null, 2);
  }

  /** Gives one field, or, with undefined, takes it back. */
  give(path: readonly string[], value: unknown): void {
    const { parsed } = this;
    if ('fields' in parsed.value) this.set(withField(parsed.value.fields, path, value));
  }

  close(): void {
    this.#stop();
    clearTimeout(this.#timer);
    this.#turn++;
  }

  #ask(): void {
    const parsed = this.parsed.value;
    const turn = ++this.#turn;
    clearTimeout(this.#timer);
    if ('problem' in parsed) {
      this.verdict.value = { status: 'invalid', message: parsed.problem, errors: [] };
      return;
    }
    this.verdict.value = { status: 'pending' };
    // Nobody is typing yet, at first.
    this.#timer = setTimeout(() => void this.#check(parsed.fields, turn), turn === 1 ? 0 : pauseMs);
  }

  async #check(fields: SpecFields, turn: number): Promise<void> {
    const { mayPass, ...verdict } = await verdictOf(fields);
    if (turn !== this.#turn) return;
    this.verdict.value = verdict;
    if (verdict.status === 'valid') this.complete.value = verdict.validation.spec;
    if (mayPass) this.#timer = setTimeout(() => void this.#check(fields, turn), retryMs);
  }
}

/** `mayPass`: the service is busy or away, which says nothing of the spec. */
async function verdictOf(fields: SpecFields): Promise<SpecVerdict & { mayPass?: boolean }> {
  try {
    return { status: 'valid', validation: await client.validate(fields as JobSpecInput) };
  } catch (error) {
    const errors = error instanceof ApiError ? error.errors : [];
    const mayPass = error instanceof ApiUnavailableError || !(error instanceof ApiError);
    return { status: 'invalid', message: wordsOf(error), errors, mayPass };
  }
}

/** A browser's own message names the place. */
function parseSpec(text: string): { fields: SpecFields } | { problem: string } {
  try {
    const fields: unknown = JSON.parse(text);
    if (typeof fields !== 'object' || fields === null || Array.isArray(fields)) {
      return { problem: 'A spec is an object, as in {"preset": "lookback"}.' };
    }
    return { fields: fields as SpecFields };
  } catch (error) {
    return { problem: `This is not JSON: ${(error as Error).message}` };
  }
}

export function fieldAt(fields: SpecFields | null, path: readonly string[]): unknown {
  let value: unknown = fields;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as SpecFields)[key];
  }
  return value;
}

/** Sections that become empty go with their last field. */
export function withField(fields: SpecFields, path: readonly string[], value: unknown): SpecFields {
  const [key, ...rest] = path;
  const { [key]: before, ...others } = fields;
  if (rest.length === 0) return value === undefined ? others : { ...fields, [key]: value };
  const below = withField(isObject(before) ? before : {}, rest, value);
  return Object.keys(below).length === 0 ? others : { ...fields, [key]: below };
}

function isObject(value: unknown): value is SpecFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
