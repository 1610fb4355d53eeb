/**
 * Parses what comes from outside with a zod schema. Every complaint names the path, the value that stood there and what was expected.
 */
import type { z } from 'zod';
import { InvalidInputError, type Issue } from './errors.ts';
import { limits } from './limits.ts';
import { cut, show } from './shown.ts';

/** The parsed value, or an InvalidInputError that lists what is wrong with it. */
export function parse<S extends z.ZodType>(schema: S, input: unknown, what: string): z.output<S> {
  const result = schema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  const { issues } = result.error;
  const described: Issue[] = [];
  for (const issue of issues) {
    if (described.length >= limits.errors) break;
    described.push(...describeIssue(issue));
  }
  throw invalidInput(
    what,
    described,
    issues.reduce((sum, issue) => sum + mistakesIn(issue), 0),
  );
}

/** The error that lists what is wrong with an input, up to the limit, the first of it in its message; `count`: how much is wrong in all. */
export function invalidInput(what: string, issues: readonly Issue[], count = issues.length): InvalidInputError {
  const [first] = issues;
  const more =
    count > 1 ? ` (and ${count - 1} more${count > limits.errors ? `; ${limits.errors} are listed` : ''})` : '';
  const message = `The ${what} is not valid: ${first.path ? `${first.path} ` : ''}${first.message}${more}.`;
  return new InvalidInputError(message, issues.slice(0, limits.errors));
}

type ZodIssue = z.core.$ZodIssue;

function mistakesIn(issue: ZodIssue): number {
  return issue.code === 'unrecognized_keys' ? issue.keys.length : 1;
}

function describeIssue(issue: ZodIssue): Issue[] {
  const path = formatPath(issue.path);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys
        .slice(0, limits.errors)
        .map((key) => ({ path: formatPath([...issue.path, key]), message: 'is not a known field' }));
    case 'invalid_type':
      return issue.input === undefined
        ? [{ path, message: `is missing: ${article(issue.expected)} is required` }]
        : [{ path, message: `must be ${article(issue.expected)}, but is ${show(issue.input)}` }];
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
      return [{ path, message: `must be ${issue.values.map(show).join(' or ')}, but is ${show(issue.input)}` }];
    case 'invalid_union':
      return describeUnion(issue, path);
    default:
      return [{ path, message: issue.message }];
  }
}

/** A discriminated union with an unknown discriminator, or a union none of whose branches fits. */
function describeUnion(issue: Extract<ZodIssue, { code: 'invalid_union' }>, path: string): Issue[] {
  const options =
    'options' in issue && Array.isArray(issue.options)
      ? ` must be one of ${issue.options.map(show).join(', ')}`
      : ' is not of any allowed form';
  const input = issue.input;
  const field = issue.path.at(-1);
  const value = input !== null && typeof input === 'object' && field !== undefined ? Reflect.get(input, field) : input;
  return [{ path, message: `${options.trim()}, but is ${show(value)}` }];
}

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
