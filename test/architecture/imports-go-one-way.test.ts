/**
 * The layers of the code: who may import whom, what never meets, and that nothing goes in a circle.
 * docs/architecture.md tells the same in words.
 */
import { describe, expect, test } from 'vitest';
import { type SourceFile, sourceFiles } from './source-files.ts';

const files = sourceFiles(['src', 'workers', 'testing', 'chaos', 'bench']);

/**
 * Which rooms a room may import from, besides itself: a room is a folder of src/, or a folder beside it. What stands
 * further down may use what stands above it.
 */
const allowed: Record<string, readonly string[]> = {
  platform: [],
  text: [],
  model: [],
  formats: ['platform', 'model'],
  storage: ['platform'],
  data: ['platform', 'model', 'storage'],
  engine: ['platform', 'model'],
  training: ['platform', 'model', 'data', 'engine'],
  checkpoints: ['platform', 'model', 'formats', 'storage', 'data', 'engine', 'training'],
  diagnosis: ['platform', 'model', 'storage', 'data', 'engine', 'checkpoints'],
  serving: ['platform', 'model', 'storage', 'data', 'engine', 'checkpoints', 'diagnosis'],
  spec: ['platform', 'model', 'data', 'engine', 'checkpoints'],
  jobs: ['platform', 'model', 'formats', 'data', 'engine', 'checkpoints', 'diagnosis', 'spec'],
  backup: ['platform', 'storage', 'data', 'checkpoints', 'jobs'],
  http: ['platform', 'formats', 'storage', 'data', 'checkpoints', 'serving', 'diagnosis', 'spec', 'jobs'],
  client: ['data', 'checkpoints', 'serving', 'diagnosis', 'spec', 'jobs', 'http'],
  cli: ['platform', 'text', 'data', 'checkpoints', 'serving', 'diagnosis', 'spec', 'jobs', 'client'],
  demo: ['platform', 'engine', 'diagnosis', 'spec', 'jobs', 'client'],
  dashboard: ['text', 'data', 'diagnosis', 'spec', 'jobs', 'client'],
  main: ['platform', 'storage', 'data', 'checkpoints', 'serving', 'diagnosis', 'spec', 'jobs', 'http'],
  workers: ['platform', 'model', 'storage', 'data', 'engine', 'training', 'checkpoints', 'diagnosis', 'spec', 'jobs'],
  testing: ['platform', 'client'],
  chaos: ['model', 'checkpoints', 'spec', 'jobs', 'client', 'workers', 'testing'],
  bench: ['platform', 'model', 'storage', 'data', 'engine', 'checkpoints', 'diagnosis', 'spec', 'jobs', 'testing'],
};

/** Of engine/, what describes engines without being one. */
const descriptions = /^src\/engine\/(contract|definition|registry|choose|costs)\.ts$/;

function roomOf(name: string): string {
  const [first, second] = name.split('/');
  return first === 'src' ? second : first;
}

function edges(): { from: string; to: string }[] {
  return files.flatMap(({ name, imports }) => imports.map((target) => ({ from: name, to: target.name })));
}

describe('imports', () => {
  test('are found at all', () => {
    expect(files.length).toBeGreaterThan(60);
    expect(edges()).toContainEqual({ from: 'workers/child/run-job.ts', to: 'src/engine/load.ts' });
  });

  test('go from a room only to those that the table names', () => {
    const wrong = edges().filter(({ from, to }) => {
      const [source, target] = [roomOf(from), roomOf(to)];
      return source !== target && !allowed[source]?.includes(target);
    });
    expect(wrong).toEqual([]);
  });

  test('use all that the table allows, and every room is in it', () => {
    const used = new Set(edges().map(({ from, to }) => `${roomOf(from)} → ${roomOf(to)}`));
    const named = Object.entries(allowed).flatMap(([room, targets]) => targets.map((target) => `${room} → ${target}`));
    expect(named.filter((edge) => !used.has(edge))).toEqual([]);
    expect([...new Set(files.map(({ name }) => roomOf(name)))].sort()).toEqual(Object.keys(allowed).sort());
  });

  test('reach an engine’s implementation only where engines are loaded, and for predictions in the API', () => {
    const entrances = ['src/engine/load.ts', 'src/serving/models/loaded-model.ts'];
    const wrong = edges().filter(({ from, to }) => {
      const isInside = ['engine', 'bench'].includes(roomOf(from));
      return !isInside && roomOf(to) === 'engine' && !descriptions.test(to) && !entrances.includes(from);
    });
    expect(wrong.map(({ from, to }) => `${from} → ${to}`)).toEqual([
      'src/diagnosis/probing/probe.ts → src/engine/predicting.ts',
      'src/diagnosis/report/evaluator-thread.ts → src/engine/predicting.ts',
      'workers/child/child.ts → src/engine/load.ts',
      'workers/child/diagnosis.ts → src/engine/predicting.ts',
      'workers/child/run-job.ts → src/engine/load.ts',
      'workers/child/run-job.ts → src/engine/predicting.ts',
      'workers/engines/engine-probe.ts → src/engine/load.ts',
    ]);
  });

  test('never bring TensorFlow into the API process', () => {
    const reached = reachableFrom('src/main/serve.ts');
    const ofTensorflow = [...reached].filter((name) => name.startsWith('src/engine/tensorflow/'));
    expect(ofTensorflow).toEqual(['src/engine/tensorflow/definition.ts']);
    expect(reached).toContain('src/engine/simd/engine.ts');
  });

  test('bring no schema and no connection into the process of a run, which each run starts anew', () => {
    const loaded = [...reachableFrom('workers/child/child.ts')]
      .flatMap((name) => fileNamed(name)?.packages ?? [])
      .filter(({ name, isType }) => !isType && !name.startsWith('node:') && !name.startsWith('@tensorflow/'));
    expect([...new Set(loaded.map(({ name }) => name))].sort()).toEqual(['@aws-sdk/client-s3', 'lru-cache', 'p-limit']);
  });

  test('of tfjs-node stay in the engine that runs on it', () => {
    const users = files.filter(({ packages }) => packages.some(({ name }) => name.startsWith('@tensorflow/')));
    expect(users.map(({ name }) => name).filter((name) => !name.startsWith('src/engine/tensorflow/'))).toEqual([]);
  });

  test('of files of data are those of the store: above it there are keys, and no paths', () => {
    const opensFiles = ({ imports, packages }: SourceFile) =>
      packages.some(({ name }) => /^node:fs/.test(name)) ||
      imports.some(({ name }) => /^src\/platform\/files\//.test(name));
    const above = files.filter(({ name }) => /^(src|workers)\//.test(name) && !/^src\/(platform|storage)\//.test(name));
    expect(
      above
        .filter(opensFiles)
        .map(({ name }) => name)
        .sort(),
    ).toEqual([
      // The folder of the embedded Redis.
      'src/backup/main.ts',
      // Files of whoever types a command.
      'src/cli/commands/models.ts',
      'src/cli/context.ts',
      'src/cli/data/upload.ts',
      'src/cli/spec-file.ts',
      // The service of a demo has a data folder of its own.
      'src/demo/service.ts',
      // These read what belongs to the program.
      'src/engine/simd/module.ts',
      'src/engine/tensorflow/definition.ts',
      'src/jobs/commands/index.ts',
      // The folder of the embedded Redis.
      'src/main/resources.ts',
      'src/main/serve.ts',
      'src/serving/aliases/commands/index.ts',
      'src/serving/sessions/commands/index.ts',
    ]);
    const inside = edges().filter(({ from, to }) => roomOf(from) !== 'storage' && /^src\/storage\/local\//.test(to));
    expect(inside).toEqual([]);
  });

  test('make no cycle, of types neither', () => {
    expect(cycles()).toEqual([]);
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

/** Paths that come back to where they began. */
function cycles(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (name: string, path: string[]) => {
    if (path.includes(name)) {
      found.push([...path.slice(path.indexOf(name)), name].join(' → '));
      return;
    }
    if (done.has(name)) return;
    for (const target of fileNamed(name)?.imports ?? []) visit(target.name, [...path, name]);
    done.add(name);
  };
  for (const { name } of files) visit(name, []);
  return found;
}
