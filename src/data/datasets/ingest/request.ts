/**
 * What comes with an upload: its format and, for CSV, which column is what.
 */
import { z } from 'zod';
import { limits } from '../../../platform/limits.ts';

const column = z.string().min(1).max(limits.datasetText);

export const CsvMapping = z
  .strictObject({
    sequence: column.describe('Column with the id of the sequence.'),
    step: column.optional().describe('Column with the step, ascending; without it, the rows are in order already.'),
    features: z.array(column).min(1).max(limits.features).describe('Columns of the input.'),
    label: column.describe('Column with the label; empty or "-": no target.'),
    values: z
      .enum(['numbers', 'strings'])
      .default('numbers')
      .describe('What the features are; strings: one column, one-hot by its vocabulary.'),
    delimiter: z
      .string()
      .length(1)
      .regex(/[^"\r\n]/, 'must not be a quote or a line break')
      .default(','),
  })
  .refine((mapping) => mapping.values === 'numbers' || mapping.features.length === 1, {
    path: ['features'],
    error: 'must be a single column where values is "strings"',
  });
export type CsvMapping = z.output<typeof CsvMapping>;

const name = z.string().trim().min(1).max(limits.name).optional().describe('For people; need not be unique.');

export const UploadRequest = z.discriminatedUnion('format', [
  z.strictObject({ format: z.literal('ndjson'), name }),
  z.strictObject({ format: z.literal('csv'), name, mapping: CsvMapping }),
]);
export type UploadRequest = z.output<typeof UploadRequest>;
