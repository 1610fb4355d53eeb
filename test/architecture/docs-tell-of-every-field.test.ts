/**
 * A job spec in the docs: every field of the schema stands in docs/api.md, in the example of a whole spec or in the
 * table below it, and nothing stands in them that the schema does not know.
 */
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { JobSpecFields } from '../../src/spec/fields.ts';
import { codeBlocks, codeWords, pageNamed, tableRows } from './pages.ts';

type Schema = { properties?: Record<string, Schema>; oneOf?: Schema[]; anyOf?: Schema[] };

const page = pageNamed('docs/api.md');
const schema = z.toJSONSchema(JobSpecFields, { io: 'input' }) as Schema;
const example = JSON.parse(codeBlocks(page).find(({ text }) => text.includes('"task"'))!.text) as object;

/**
 * `section.field` of every field. A section of several types, as `task` and `optimizer` are, stands for itself: each
 * type has fields of its own.
 */
function fieldsOf({ properties = {} }: Schema): string[] {
  return Object.entries(properties).flatMap(([section, value]) => {
    const fields = Object.keys(value.properties ?? {});
    return fields.length > 0 ? fields.map((field) => `${section}.${field}`) : [section];
  });
}

function pathsOf(value: object): string[] {
  return Object.entries(value).flatMap(([key, inner]) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? [key, ...Object.keys(inner).map((name) => `${key}.${name}`)]
      : [key],
  );
}

describe('the fields of a job spec', () => {
  const fields = fieldsOf(schema);

  test('are all told', () => {
    const told = new Set([...pathsOf(example), ...codeWords(page)]);
    expect(fields.length).toBeGreaterThan(25);
    expect(fields.filter((field) => !told.has(field))).toEqual([]);
  });

  test('are the ones that the table names', () => {
    const sections = Object.keys(schema.properties ?? {});
    const named = tableRows(page, 'field').flatMap(([cell]) => codeWords({ name: '', text: cell }));
    const ofSpec = named.filter((word) => sections.includes(word.split('.')[0]));
    const known = new Set([...fields, ...sections, 'optimizer.type']);
    expect(ofSpec.length).toBeGreaterThan(12);
    expect(ofSpec.filter((word) => !known.has(word))).toEqual([]);
  });
});
