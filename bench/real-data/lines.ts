/**
 * Lines of NDJSON as a sample, as an upload of them would be examined.
 */
import { type Sample, sampleOfSequences } from '../../src/diagnosis/sampling/sample.ts';
import type { LabelPlace } from '../../src/model/description.ts';

/** A sequence: inputs, and labels, one a step or one for the whole. */
type Line = { x: (number | number[] | string)[]; y: (number | string)[] | number | string };

/** Labels by the order of their names, as an upload has them. */
export function sampleOfLines(lines: readonly Line[], labelsAt: LabelPlace): Sample {
  const isText = typeof lines[0].x[0] === 'string';
  const labelsOf = ({ x, y }: Line) => (Array.isArray(y) ? y : x.map(() => y));
  const classNames = [...new Set(lines.flatMap(labelsOf))].sort();
  const classOf = new Map(classNames.map((name, c) => [name, c]));
  const vocabulary = isText ? [...new Set(lines.flatMap(({ x }) => x as string[]))].sort() : [];
  const tokenOf = new Map(vocabulary.map((token, v) => [token, v]));
  const sequences = lines.map((line) => ({
    inputs: Float32Array.from(line.x.flat(), (value) => (isText ? tokenOf.get(value as string)! : (value as number))),
    labels: Int32Array.from(labelsOf(line), (label) => classOf.get(label)!),
    mask: Float32Array.from(line.x, (_, t) => Number(labelsAt === 'every-step' || t === line.x.length - 1)),
    length: line.x.length,
  }));
  const first = lines[0].x[0];
  const features = Array.isArray(first) ? first.length : 1;
  const inputKind = isText ? ('symbols' as const) : ('numbers' as const);
  return { ...sampleOfSequences(sequences, { features, classes: classNames.length, inputKind }), labelsAt, classNames };
}
