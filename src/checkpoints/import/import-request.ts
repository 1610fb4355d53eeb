/**
 * What a caller says of a file that is imported: as text, since it stands in the query.
 */
import { z } from 'zod';
import { labelPlaces } from '../../model/description.ts';
import { limits } from '../../platform/limits.ts';
import { InputsDocument, LabelsDocument } from './encoding-schema.ts';

export const ImportRequest = z.strictObject({
  name: z.string().trim().min(1).max(limits.name).optional(),
  labels: LabelsDocument.optional(),
  inputs: InputsDocument.optional(),
  at: z.enum(labelPlaces).optional(),
});
export type ImportRequest = z.output<typeof ImportRequest>;
