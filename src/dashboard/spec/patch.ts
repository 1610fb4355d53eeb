/**
 * Applies a finding's patch to a spec: its operations are those that the doctor makes, each of which gives one field.
 */
import type { PatchOperation } from '../../diagnosis/doctor/doctor-schema.ts';
import { type SpecFields, withField } from './draft.ts';

export function withPatch(spec: SpecFields, patch: readonly PatchOperation[]): SpecFields {
  return patch.reduce((fields, { path, value }) => withField(fields, keysOf(path), value), spec);
}

/** The parts of a JSON pointer (RFC 6901). */
function keysOf(pointer: string): string[] {
  return pointer
    .slice(1)
    .split('/')
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
}
