/**
 * Reads the real data sets that export.py writes.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Sample } from '../../src/diagnosis/sampling/sample.ts';
import type { LabelPlace } from '../../src/model/description.ts';
import { sampleOfLines } from './lines.ts';

export interface RealData {
  name: string;
  about: string;
  /** "annotation": labels tell of the inputs so far; "forecast": of a later input; "sequence": of the whole. */
  kind: 'annotation' | 'forecast' | 'sequence';
  sample: Sample;
}

type Entry = Omit<RealData, 'sample'> & { labelsAt: LabelPlace };

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
