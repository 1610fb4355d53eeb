/**
 * The benchmark's outcome: one document for programs, and a table of it for people.
 */
import type { BenchSize } from './contestant.ts';
import type { Result } from './measure.ts';

export interface EngineTimings {
  machine: {
    cpu: string;
    cores: number;
    node: string;
    /** Threads of our engines; the engine simd takes one where more do not pay. */
    threads: number;
    /** Of a large matrix product; null without TensorFlow. */
    peakGflops: number | null;
  };
  sizes: { size: BenchSize; results: Result[] }[];
  predictions: { size: BenchSize; results: { name: string; ms: number }[] }[];
}

export function table({ machine, sizes, predictions }: EngineTimings): string {
  const peak =
    machine.peakGflops === null ? '' : `, ${machine.peakGflops.toFixed(0)} GFLOP/s in a large matrix product`;
  const lines = [`${machine.cpu}, ${machine.cores} cores, Node ${machine.node}${peak}`];
  for (const { size, results } of sizes) {
    lines.push('', `Training step at B,T,H,L = ${Object.values(size).join(',')}`, header);
    const fastest = Math.min(...results.map(({ msPerStep }) => msPerStep));
    for (const result of results.toSorted((a, b) => a.msPerStep - b.msPerStep)) {
      lines.push(row(result, fastest, machine.peakGflops));
    }
  }
  lines.push('', 'Prediction of one sequence of 50 steps, ms');
  for (const { size, results } of predictions) {
    lines.push(`  H=${size.H}: ${results.map(({ name, ms }) => `${name} ${significant(ms)}`).join(', ')}`);
  }
  return `${lines.join('\n')}\n`;
}

const widths = [28, 12, 12, 12, 10, 8];
const header = columns(['', 'ms a step', 'x fastest', 'least ms', 'GFLOP/s', 'of peak']);

function row({ name, msPerStep, leastMsPerStep, gflops }: Result, fastest: number, peak: number | null): string {
  const share = peak === null ? '' : `${((100 * gflops) / peak).toFixed(1)} %`;
  const times = [msPerStep, msPerStep / fastest, leastMsPerStep].map(significant);
  return columns([name, ...times, significant(gflops), share]);
}

function columns(cells: string[]): string {
  return cells.map((cell, i) => (i === 0 ? `  ${cell.padEnd(widths[i])}` : cell.padStart(widths[i]))).join('');
}

/** Three significant digits, without an exponent. */
function significant(value: number): string {
  return value >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}
