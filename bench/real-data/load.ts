/**
 * Reads the real data sets that export.py writes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Sample, sampleOfSequences } from '../../src/diagnosis/sampling/sample.ts';

export interface RealData {
  name: string;
  about: string;
  /** "annotation": labels tell of the inputs so far; "forecast": of a later input; "sequence": of the whole. */
  kind: 'annotation' | 'forecast' | 'sequence';
  sample: Sample;
}

type Entry = Omit<RealData, 'sample'> & { labelsAt: 'end' | 'every-step' };
type Line = { x: (number | number[] | string)[]; y: (number | string)[] | number | string };

/** Has `python` export the data sets, and reads those named, or all. */
export function realData(python: string, names?: readonly string[]): RealData[] {
  const folder = mkdtempSync(join(tmpdir(), 'lookback-real-data-'));
  try {
    execFileSync(python, ['bench/real-data/export.py', folder], { stdio: ['ignore', 'ignore', 'inherit'] });
    const index: Entry[] = JSON.parse(readFileSync(join(folder, 'index.json'), 'utf8'));
    return index
      .filter(({ name }) => names === undefined || names.includes(name))
      .map(({ labelsAt, ...about }) => {
        const text = readFileSync(join(folder, `${about.name}.ndjson`), 'utf8');
        const lines = text.trimEnd().split('\n');
        return {
          ...about,
          sample: sampleOfLines(
            lines.map((line) => JSON.parse(line)),
            labelsAt,
          ),
        };
      });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Labels by the order of their names, as an upload has them. */
export function sampleOfLines(lines: readonly Line[], labelsAt: Entry['labelsAt']): Sample {
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
