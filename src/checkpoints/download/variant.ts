/**
 * What a caller chooses of a download: its format, and what its graph takes and gives.
 */
import { type GraphInputs, graphInputs } from '../../formats/graph-inputs.ts';
import type { Issue } from '../../platform/errors.ts';
import { invalidInput } from '../../platform/input/invalid-input.ts';
import type { DownloadFormat } from './formats.ts';

export interface DownloadVariant {
  format: DownloadFormat;
  /** What the graph takes: encoded steps (the default), or steps as they are. */
  inputs: GraphInputs;
  /** Whether the graph takes the lengths of padded sequences. */
  lengths: boolean;
  /** Whether the graph takes the state that sequences start from, and gives the state that they end in. */
  state: boolean;
}

/** Formats that can be told so. */
const formatsOf: Record<Exclude<keyof DownloadVariant, 'format'>, readonly DownloadFormat[]> = {
  inputs: ['tfjs', 'keras', 'onnx'],
  lengths: ['onnx'],
  state: ['onnx'],
};

/** @throws InvalidInputError where the format has no such variant. */
export function ensureVariant({ format, ...chosen }: DownloadVariant): void {
  const isDefault = { inputs: chosen.inputs === graphInputs[0], lengths: !chosen.lengths, state: !chosen.state };
  const issues = Object.entries(formatsOf).flatMap(([field, formats]): Issue[] => {
    const choice = field as keyof typeof formatsOf;
    if (isDefault[choice] || formats.includes(format)) return [];
    const message = `is ${JSON.stringify(chosen[choice])}, which goes with format ${formats.join(', ')}, but it is ${format}`;
    return [{ path: field, message, rule: 'between-fields' }];
  });
  if (issues.length > 0) throw invalidInput('query', issues);
}
