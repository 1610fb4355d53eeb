/**
 * Which tests `npm run test:fast` runs: those of these places that can start no process, however many files lie between
 * them and what would.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** Folders, and files of folders whose others take long. */
const places = [
  'data/',
  'diagnosis/',
  'model/',
  'formats/',
  'checkpoints/',
  'serving/',
  'dashboard/labels-of-lines',
  'engine/optimizers-follow-tf-train',
  'engine/simd.',
  'engine/simd-determinism',
  'engine/simd-functions',
  'jobs/dataset-spec',
  'training/early-stopping',
  'training/train.',
];

/** Paths relative to the root. */
export function fastTests(root: string): string[] {
  return readdirSync(path.join(root, 'test'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts') && places.some((place) => name.startsWith(place)))
    .map((name) => path.posix.join('test', name))
    .filter((name) => !canStartProcess(path.join(root, name)));
}

/** Whether one comes from a file, by imports of files of ours, to what starts processes. */
export function canStartProcess(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file) || !existsSync(file)) return false;
  seen.add(file);
  const text = readFileSync(file, 'utf8');
  if (/from 'node:(child_process|cluster)'/.test(text)) return true;
  const targets = [...text.matchAll(/(?:from|import) ?\(?'(\.[^']+)'/g)].map(([, target]) => target);
  return targets.some((target) => canStartProcess(path.resolve(path.dirname(file), target), seen));
}
