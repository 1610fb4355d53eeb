/**
 * What routes have in common, as zod schemas that type the handlers and make the OpenAPI document: problems, pages and
 * parameters. A schema with an id is a named component there.
 */
import { z } from 'zod';
import type { Issue } from '../platform/errors.ts';
import { limits } from '../platform/limits.ts';

const brokenRule = z
  .enum(['between-fields', 'unknown-id'] satisfies Issue['rule'][])
  .describe(
    'Where the field by itself is as its schema says. between-fields: it does not go with other fields; unknown-id: it names something that is not there.',
  );

export const Problem = z
  .object({
    type: z.string(),
    title: z.string().describe('The phrase of the status.'),
    status: z.int(),
    detail: z.string().describe('What is wrong, in a sentence.'),
    instance: z.string().optional().describe('The path of the request.'),
    code: z.string().describe('Stable name of the error: what a program should look at.'),
    errors: z
      .array(z.object({ path: z.string(), message: z.string(), rule: brokenRule.optional() }))
      .optional()
      .describe(
        `For invalid input: what is wrong with it, field by field, up to ${limits.errors} mistakes; \`detail\` says how many there are, at least.`,
      ),
  })
  .meta({ id: 'Problem', description: 'An error, as RFC 9457 says.' });
export type Problem = z.output<typeof Problem>;

/** A list: `nextCursor` asks for what comes after it, and is null at the end. */
export function page<S extends z.ZodType>(item: S) {
  return z.object({
    data: z.array(item),
    nextCursor: z.string().nullable().describe('Hand it back to get what follows; null: nothing does.'),
  });
}

/** An integer in a query string. What is no integer stays as it came, so that the error shows it. */
export function queryInteger<S extends z.ZodType>(schema: S) {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value),
    schema,
  );
}

/** `true` or `false` in a query string; false if it is left out. */
export const queryFlag = z.preprocess(
  (value) => (value === 'true' ? true : value === 'false' ? false : value),
  z.boolean().default(false),
);

export const pageLimit = z.int().min(1).max(limits.page);

/** The query of a list that comes in pages. @param cursor what `nextCursor` of the page before may be. */
export function listQuery<S extends z.ZodType>(cursor: S, length: number = limits.page) {
  return z.strictObject({
    limit: queryInteger(pageLimit.default(length)),
    cursor: cursor.describe('`nextCursor` of the page before.'),
  });
}

/** `nextCursor` of lists whose places are numbers. */
export const placeCursor = queryInteger(z.int().min(0).optional());

/** The path of one thing of a kind. */
export function idParams(what: string) {
  return z.strictObject({ id: z.string().describe(`Id of a ${what}.`) });
}

export const JobParams = idParams('job');

/** What the removal of a thing is answered with. */
export const gone = { 204: z.undefined().describe('It is gone.') };

export const IdempotencyHeaders = z.looseObject({
  'idempotency-key': z
    .string()
    .min(1)
    .max(255)
    .optional()
    .describe('A request repeated with the same key within a day finds what the first one made.'),
});
