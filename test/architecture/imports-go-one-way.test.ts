/**
 * The layers of the code: who may import whom, what never meets, and that nothing goes in a circle. docs/architecture.md tells the same in words.
 */
import { describe, expect, test } from 'vitest';
import { type SourceFile, sourceFiles } from './source-files.ts';

const files = sourceFiles(['src', 'workers']);

/** Which folders a folder of src/ may import from, besides itself and the files beside the folders (errors, limits, validation …). */
const allowed: Record<string, readonly string[]> = {
  model: [],
  data: ['model'],
  engine: ['model'],
  training: ['model', 'data', 'engine'],
  models: ['model', 'data', 'engine', 'training'],
  diagnosis: ['model', 'data', 'engine', 'models', 'jobs'],
  jobs: ['model', 'data', 'engine', 'diagnosis'],
  http: ['model', 'data', 'engine', 'models', 'diagnosis', 'jobs'],
  client: ['data', 'jobs', 'models', 'diagnosis'],
  demo: ['client', 'engine', 'jobs', 'diagnosis'],
};

/** Of engine/, what describes engines without being one. */
const descriptions = /^src\/engine\/(contract|definition|registry|choose|costs)\.ts$/;

function folderOf(name: string): string | undefined {
  return /^src\/([^/]+)\//.exec(name)?.[1];
}

function edges(): { from: string; to: string }[] {
  return files.flatMap(({ name, imports }) => imports.map((target) => ({ from: name, to: target.name })));
}

describe('imports', () => {
  test('are found at all', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(edges()).toContainEqual({ from: 'workers/run-job.ts', to: 'src/engine/load.ts' });
  });

  test('go from a folder only to those below it', () => {
    const wrong = edges().filter(({ from, to }) => {
      const [source, target] = [folderOf(from), folderOf(to)];
      if (!source || !target || source === target) return false;
      return !allowed[source]?.includes(target);
    });
    expect(wrong).toEqual([]);
  });

  test('reach an engine’s implementation only where engines are loaded, and for predictions in the API', () => {
    const entrances = ['src/engine/load.ts', 'src/resources.ts', 'src/models/predictor-thread.ts'];
    const wrong = edges().filter(({ from, to }) => {
      const isInside = folderOf(from) === 'engine';
      return !isInside && folderOf(to) === 'engine' && !descriptions.test(to) && !entrances.includes(from);
    });
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'workers/child.ts → src/engine/load.ts',
      'workers/diagnosis.ts → src/engine/simd/engine.ts',
      'workers/engine-probe.ts → src/engine/load.ts',
      'workers/run-job.ts → src/engine/load.ts',
      'workers/run-job.ts → src/engine/simd/engine.ts',
    ]);
  });

  test('never bring TensorFlow into the API process', () => {
    const reached = reachableFrom('src/server.ts');
    const ofTensorflow = [...reached].filter((name) => name.startsWith('src/engine/tensorflow/'));
    expect(ofTensorflow).toEqual(['src/engine/tensorflow/definition.ts']);
    expect(reached).toContain('src/engine/simd/engine.ts');
  });

  test('bring no schema and no connection into the process of a run, which each run starts anew', () => {
    const loaded = [...reachableFrom('workers/child.ts')]
      .flatMap((name) => fileNamed(name)?.packages ?? [])
      .filter(({ name, isType }) => !isType && !name.startsWith('node:') && !name.startsWith('@tensorflow/'));
    expect([...new Set(loaded.map(({ name }) => name))].sort()).toEqual(['lru-cache', 'p-limit']);
  });

  test('of tfjs-node stay in the engine that runs on it', () => {
    const users = files.filter(({ packages }) => packages.some(({ name }) => name.startsWith('@tensorflow/')));
    expect(users.map(({ name }) => name).filter((name) => !name.startsWith('src/engine/tensorflow/'))).toEqual([]);
  });

  test('make no cycle', () => {
    expect(cycles(({ isType }) => !isType)).toEqual([]);
  });

  test('of types make none either, in what models, data and engines are', () => {
    const rooms = ['model', 'data', 'engine'];
    expect(cycles(({ name }) => rooms.includes(folderOf(name) ?? ''))).toEqual([]);
  });
});

function reachableFrom(start: string): Set<string> {
  const reached = new Set<string>();
  const visit = (name: string) => {
    if (reached.has(name)) return;
    reached.add(name);
    for (const target of fileNamed(name)?.imports ?? []) if (!target.isType) visit(target.name);
  };
  visit(start);
  return reached;
}

function fileNamed(name: string): SourceFile | undefined {
  return files.find((file) => file.name === name);
}

/** Paths that come back to where they began, over the imports that count. */
function cycles(counts: (target: SourceFile['imports'][number]) => boolean): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: string[]) => {
    if (path.includes(name)) {
      found.push([...path.slice(path.indexOf(name)), name].join(' → '));
      return;
    }
    if (done.has(name)) return;
    for (const target of fileNamed(name)?.imports ?? []) if (counts(target)) visit(target.name, [...path, name]);
    done.add(name);
  };
  for (const { name } of files) visit(name, []);
  return found;
}
