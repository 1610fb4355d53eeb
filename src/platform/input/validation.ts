/**
 * Parses what comes from outside with a zod schema. Every error names the path, the value that stood there and what was expected.
 */
import { closest, distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import type { Issue } from '../errors.ts';
import { limits } from '../limits.ts';
import { invalidInput } from './invalid-input.ts';
import { cut, show } from './shown.ts';

/** The parsed value, or an InvalidInputError that lists what is wrong with it. */
export function parse<S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> {
  // What is right is parsed several times as fast by a schema that notes nothing down for messages.
  const right = schema.safeParse(input);
  if (right.success) return right.data;
  const known: KnownFields = new WeakMap();
  const result = schema.safeParse(input, { reportInput: true, error: (issue) => noteKnownFields(issue, known) });
  if (result.success) return result.data;
  const { issues } = result.error;
  const described: Issue[] = [];
  for (const issue of issues) {
    if (described.length >= limits.errors) break;
    described.push(...describeIssue(issue, known));
  }
  // Of a union that nothing fits one issue may be described by several.
  const count = issues.reduce((sum, issue) => sum + mistakesIn(issue), 0);
  throw invalidInput(what, described, { count: Math.max(count, described.length) });
}

type ZodIssue = z.core.$ZodIssue;

/** The fields that an object may have, by the list of those that it may not. */
type KnownFields = WeakMap<readonly string[], readonly string[]>;

/** An issue as it is raised still knows the schema that raised it. Says nothing, so that the issue keeps its message. */
function noteKnownFields(issue: z.core.$ZodRawIssue, known: KnownFields): undefined {
  const definition = issue.inst?._zod.def;
  if (issue.code !== 'unrecognized_keys' || !definition || !('shape' in definition)) return;
  known.set(issue.keys, Object.keys(definition.shape as object));
}

function mistakesIn(issue: ZodIssue): number {
  return issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
}

function describeIssue(issue: ZodIssue, known: KnownFields): Issue[] {
  const path = formatPath(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.slice(0, limits.errors).map((key) => ({
        path: formatPath([...issue.path, key]),
        message: `is not a known field${suggestion(key, known.get(issue.keys) ?? [])}`,
      }));
    case 'invalid_type':
      // What must not be there says so itself.
      if (issue.expected === 'undefined') return [{ path, message: issue.message }];
      return issue.input === undefined
        ? [{ path, message: `is missing: ${article(issue.expected)} is required` }]
        : [{ path, message: `must be ${expectedBy(issue)}, but is ${show(issue.input)}` }];
    case 'too_big':
      return [
        {
          path,
          message: `must ${sizeWord(issue.origin)} ${issue.inclusive === false ? 'less than' : 'at most'} ${issue.maximum}, but ${sizeOf(issue)}`,
        },
      ];
    case 'too_small':
      return [
        {
          path,
          message: `must ${sizeWord(issue.origin)} ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}, but ${sizeOf(issue)}`,
        },
      ];
    case 'invalid_value':
      return [{ path, message: `must be ${expectedBy(issue)}, but is ${show(issue.input)}` }];
    case 'invalid_union':
      return describeUnion(issue, known);
    case 'custom':
      return [{ path, message: issue.message, rule: 'between-fields' }];
    default:
      return [{ path, message: issue.message }];
  }
}

type UnionIssue = Extract<ZodIssue, { code: 'invalid_union' }>;

/**
 * A union none of whose forms fits. What is of the kind of one form, and wrong only within, is held to that form; of
 * anything else it is said what it may be.
 */
function describeUnion(issue: UnionIssue, known: KnownFields): Issue[] {
  const path = formatPath(issue.path);
  if ('discriminator' in issue) {
    const value = issue.input && Reflect.get(issue.input, String(issue.discriminator));
    return [{ path, message: `must be ${optionsOf(issue)}, but is ${show(value)}` }];
  }
  const within = issue.errors.find((issues) => issues.every((inner) => inner.path.length > 0));
  if (within) {
    return within
      .slice(0, limits.errors)
      .flatMap((inner) => describeIssue({ ...inner, path: [...issue.path, ...inner.path] }, known));
  }
  const forms = [...new Set(issue.errors.map(([first]) => expectedBy(first)))];
  return [{ path, message: `must be ${forms.join(' or ')}, but is ${show(issue.input)}` }];
}

/** What an issue misses, in words that follow "must be". */
function expectedBy(issue: ZodIssue): string {
  if (issue.code === 'invalid_type') return article(issue.expected);
  if (issue.code === 'invalid_value') return issue.values.map(show).join(' or ');
  if (issue.code === 'invalid_union' && 'discriminator' in issue)
    return `an object with ${String(issue.discriminator)}`;
  return 'of another form';
}

/** The values that tell the forms of a union apart; undefined, where a form may leave it out, is none to name. */
function optionsOf(issue: UnionIssue): string {
  const options = 'options' in issue && Array.isArray(issue.options) ? issue.options : [];
  return `one of ${options
    .filter((option) => option !== undefined)
    .map(show)
    .join(', ')}`;
}

/** A field that a caller may have meant, one or two letters away and no other word; or those that there are. */
function suggestion(key: string, known: readonly string[]): string {
  if (known.length === 0) return '';
  const nearest = key.length > longestKey ? undefined : closest(key, known);
  if (nearest && distance(key.toLowerCase(), nearest.toLowerCase()) <= Math.min(2, key.length / 2)) {
    return `; did you mean ${nearest}?`;
  }
  const byType = known.includes('type') ? '; other types have other fields' : '';
  return `: there ${known.length === 1 ? 'is' : 'are'} ${known.join(', ')}${byType}`;
}

/** Characters of a key that is compared with the known ones. */
const longestKey = 60;

function sizeWord(origin: string): string {
  return origin === 'string' || origin === 'array' ? 'have a length of' : 'be';
}

function sizeOf(issue: { origin: string; input?: unknown }): string {
  const { origin, input } = issue;
  const hasLength = (origin === 'string' || origin === 'array') && input !== null && input !== undefined;
  return hasLength ? `has ${(input as { length: number }).length}` : `is ${show(input)}`;
}

function article(expected: string): string {
  if (expected === 'int') return 'an integer';
  return /^[aeio]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    const name = cut(String(part));
    return text ? `${text}.${name}` : name;
  }, '');
}
