/**
 * Every command against a service with a worker: what it prints for people, what it prints as JSON, and its exit code.
 */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { Cluster } from '../../testing/cluster.ts';
import { type CommandLine, commandLineTo } from './command-line.ts';

let lookback: CommandLine;
/** A job that has learned binary digits. */
let trained: string;

beforeAll(async () => {
  const cluster = await Cluster.start({ apis: 1, workers: 1, dist: new URL('../../dist/', import.meta.url) });
  lookback = commandLineTo(cluster.apis[0].url);
  const { stdout } = await lookback(['submit', '-p', 'lookback', '-s', 'training.steps=600', '--follow', '--json']);
  trained = JSON.parse((await lookback(['jobs', '--json'])).stdout)[0].id;
  expect(JSON.parse(stdout.trim().split('\n').at(-1)!)).toMatchObject({
    type: 'status',
    data: { status: 'succeeded' },
  });
  return () => cluster.close();
});

async function ownFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'lookback-cli-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

describe('submit', () => {
  test('prints the id of the job alone, so that a shell can take it', async () => {
    const { exitCode, stdout, stderr } = await lookback([
      'submit',
      '-p',
      'lookback',
      '-n',
      'from a shell',
      '-s',
      'training.steps=20',
    ]);
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^job_\w+\n$/);
    const { stdout: shown } = await lookback(['show', stdout.trim(), '--json']);
    expect(JSON.parse(shown)).toMatchObject({ id: stdout.trim(), name: 'from a shell', steps: 20 });
  });

  test('takes a spec as YAML or JSON, from a file or standard input, with fields set on top', async () => {
    const file = path.join(await ownFolder(), 'spec.yaml');
    await writeFile(file, 'preset: working\ntraining:\n  steps: 30 # few\n  seed: 7\n');
    const settings = ['-s', 'training.seed=9', '-s', 'model.units=[3,4]', '-s', 'name=twelve'];
    const one = await lookback(['submit', file, ...settings, '--json']);
    expect(one.stderr).toBe('');
    expect(JSON.parse(one.stdout).spec).toMatchObject({
      name: 'twelve',
      model: { units: [3, 4] },
      training: { steps: 30, seed: 9 },
    });
    const other = await lookback(['submit', '-', '--json'], {
      stdin: '{"preset": "lookback", "training": {"steps": 20}}',
    });
    expect(JSON.parse(other.stdout).spec).toMatchObject({ preset: 'lookback', training: { steps: 20 } });
  });

  test('shows loss and verdict when it follows', async () => {
    const { exitCode, stdout } = await lookback(['submit', '-p', 'lookback', '-s', 'training.steps=600', '--follow']);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^step 300 of 600, loss \d\.\d{4}, accuracy \d\.\d{4}$/m);
    expect(stdout).toContain('1 past value');
    expect(stdout).toMatch(/succeeded, loss .*: job_\w+\n$/);
  });

  test('ends with 1 where the job fails, and says why', async () => {
    const long = [
      '-s',
      'training.steps=2000000',
      '-s',
      'training.reportEvery=10000',
      '-s',
      'training.checkpointEvery=100000',
    ];
    const words = ['submit', '-p', 'lookback', ...long, '-s', 'limits.maxSeconds=1', '--follow'];
    const { exitCode, stderr } = await lookback(words);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('The job failed (time_limit)');
  });

  test('ends with 2 where the spec is not valid, and names each mistake', async () => {
    const { exitCode, stdout, stderr } = await lookback(['submit', '-p', 'lookback', '-s', 'model.units=5000']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain('model.units: must be at most 1024, but is 5000');
  });

  test.each([
    [['submit', 'nowhere.json'], 'nowhere.json cannot be read: there is no such file.'],
    [['upload', 'nowhere.ndjson'], 'nowhere.ndjson cannot be read: there is no such file.'],
    [['submit', '-'], 'must hold a job spec, an object of fields, but holds nothing'],
    [['submit', '-s', 'steps'], '--set takes a field and its value, as in optimizer.learningRate=0.1, but got "steps"'],
    [['submit', '-s', '__proto__.a=1'], '--set takes'],
    [['submit', '--folow'], "unknown option '--folow'"],
    [['jobs', '--status', 'done'], "argument 'done' is invalid"],
    [['cancel'], 'Name jobs, or say which are meant'],
    [['predict', 'job_a', '[1,'], 'the sequence [1, is not JSON'],
    [['predict', 'job_a', '--checkpoint', 'last'], '--checkpoint must be latest, best or a step, but is "last"'],
    [['upload', 'README.md'], 'Say the format of README.md'],
    [
      ['upload', 'README.md', '--format', 'ndjson', '--label', 'y'],
      '--label is for CSV, but README.md is read as ndjson',
    ],
    [['jobs', '--url', 'localhost:3000'], '--url must be an address like'],
    [['jobs', '--key-file', '/nowhere'], 'The key cannot be read'],
  ])('%j is refused with 2', async (words, message) => {
    const { exitCode, stdout, stderr } = await lookback(words);
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

describe('jobs', () => {
  test('lists those of one name', async () => {
    const names = ['twin', 'twin', 'twin of another'];
    for (const name of names) await lookback(['submit', '-p', 'lookback', '-n', name, '-s', 'training.steps=5']);
    const { stdout } = await lookback(['jobs', '--name', 'twin', '--json']);
    expect(JSON.parse(stdout).map(({ name }: { name: string }) => name)).toEqual(['twin', 'twin']);
    expect(JSON.parse((await lookback(['jobs', '--name', 'twin', '--limit', '1', '--json'])).stdout)).toHaveLength(1);
    expect((await lookback(['jobs', '--name', 'nobody'])).stderr).toBe('No job has the name nobody.\n');
    const { stderr } = await lookback(['jobs', '--status', 'failed', '--created-before', '2020-01-01T00:00:00Z']);
    expect(stderr).toBe('No job is failed and was submitted before 2020-01-01T00:00:00Z.\n');
  });

  test('are listed with whole ids whatever the width, and names are cut', async () => {
    await lookback([
      'submit',
      '-n',
      'a name that is far longer than what a narrow terminal has room for',
      '-p',
      'lookback',
      '-s',
      'training.steps=20',
    ]);
    const { stdout } = await lookback(['jobs', '--limit', '50'], { columns: 100 });
    expect(stdout).toContain(trained);
    expect(stdout).toMatch(/a name .*…$/m);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(110);
  });

  test('are watched from any event on', async () => {
    const all = (await lookback(['watch', trained, '--json'])).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(all.map(({ id }) => id)).toEqual(all.map((_, place) => place + 1));
    const rest = await lookback(['watch', trained, '--json', '--after', String(all.length - 1)]);
    expect(JSON.parse(rest.stdout)).toEqual(all.at(-1));
  });

  test('are steered one by one; what is refused keeps no other from it', async () => {
    const spec = [
      '-p',
      'lookback',
      '-s',
      'training.steps=2000000',
      '-s',
      'training.reportEvery=10000',
      '-s',
      'training.checkpointEvery=100000',
    ];
    const id = (await lookback(['submit', ...spec, '-n', 'steered'])).stdout.trim();
    const paused = await lookback(['pause', trained, id]);
    expect(paused).toMatchObject({ exitCode: 1, stdout: expect.stringMatching(new RegExp(`^${id}  paus(ed|ing)\n$`)) });
    expect(paused.stderr).toContain('This job has succeeded already, so it cannot be paused.');
    await expect.poll(async () => JSON.parse((await lookback(['show', id, '--json'])).stdout).status).toBe('paused');
    expect((await lookback(['resume', id])).stdout).toBe(`${id}  queued\n`);
    expect((await lookback(['cancel', '--name', 'steered', '--discard'])).stdout).toMatch(
      new RegExp(`^${id}  cancell(ed|ing)\n$`),
    );
    expect((await lookback(['watch', id])).exitCode).toBe(1);
    expect(JSON.parse((await lookback(['remove', id, '--json'])).stdout)).toEqual({ id, status: 'removed' });
    expect(await lookback(['show', id])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('There is no job'),
    });
  });
});

describe('data', () => {
  test('are uploaded, shown, examined and removed', async () => {
    const file = path.join(await ownFolder(), 'turns.ndjson');
    const random = (i: number) => Math.floor(1e4 * Math.abs(Math.sin(12.9898 * i))) % 2;
    const lines = Array.from({ length: 100 }, (_, i) => {
      const x = Array.from({ length: 30 }, (_, t) => random(31 * i + t));
      return JSON.stringify({ x, y: x.map((step, t) => (t === 0 ? null : Number(step !== x[t - 1]))) });
    });
    await writeFile(file, lines.join('\n'));
    const { stdout } = await lookback(['upload', file]);
    expect(stdout).toMatch(/^ds_\w+\n$/);
    const id = stdout.trim();
    expect((await lookback(['datasets'])).stdout).toMatch(new RegExp(`^${id} +100 +3000 +2 .*turns$`, 'm'));
    const shown = await lookback(['datasets', 'show', id, '--sequences', '1']);
    expect(shown.stdout).toContain('100 sequences of 30 to 30 steps');
    expect((await lookback(['datasets', id])).stdout).toBe((await lookback(['datasets', 'show', id])).stdout);
    const doctor = await lookback(['doctor', file]);
    expect(doctor).toMatchObject({ exitCode: 0, stderr: `The dataset is ${id}.\n` });
    expect(doctor.stdout).toContain('1 past value helps');
    expect(JSON.parse((await lookback(['doctor', id, '--json'])).stdout)).toMatchObject({ order: 1 });
    expect(await lookback(['datasets', 'remove', id])).toMatchObject({ exitCode: 0, stdout: `${id}  removed\n` });
  });

  test('whose labels a small model knows by the present value are said to need no past one', async () => {
    const file = path.join(await ownFolder(), 'peaks.ndjson');
    const lines = Array.from({ length: 24 }, (_, i) => {
      const x = Array.from({ length: 100 }, (_, t) => Math.sin(2.4 * i + 0.12 * t));
      return JSON.stringify({ x, y: x.map((value) => Number(value > 0.8)) });
    });
    await writeFile(file, lines.join('\n'));
    const { exitCode, stdout } = await lookback(['doctor', file]);
    expect({ exitCode, stdout }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('No past value is seen to be needed, by a small model; 2400 labels examined'),
    });
  });

  test('as CSV need to know their columns', async () => {
    const file = path.join(await ownFolder(), 'steps.csv');
    await writeFile(file, 'patient,minute,rate,state\n7,0,71,rest\n7,1,75,rest\n8,0,66,walk\n');
    const { exitCode, stderr } = await lookback(['upload', file, '--label', 'state']);
    expect({ exitCode, stderr }).toEqual({
      exitCode: 2,
      stderr: 'A CSV needs --sequence, --features: which columns these are.\n',
    });
    const columns = ['--sequence', 'patient', '--step', 'minute', '--features', 'rate', '--label', 'state'];
    expect(JSON.parse((await lookback(['upload', file, ...columns, '--json'])).stdout)).toMatchObject({
      sequences: 2,
      steps: 3,
    });
  });

  test('as CSV have all columns that are named, at once or one by one', async () => {
    const folder = await ownFolder();
    const rows = ['patient,rate,spo2,age,state', '7,71,98,30,rest', '7,75,97,30,walk', '8,66,99,41,walk'];
    await writeFile(path.join(folder, 'rows.csv'), `${rows.join('\n')}\n`);
    await writeFile(path.join(folder, 'rows.tsv'), `${rows.join('\n').replaceAll(',', '\t')}\n`);
    const columns = ['--sequence', 'patient', '--label', 'state'];
    const features = ['--features', 'rate', '--features', 'spo2,age'];
    for (const file of ['rows.csv', 'rows.tsv']) {
      const { stdout, stderr } = await lookback(['upload', path.join(folder, file), ...columns, ...features, '--json']);
      expect(stderr).toBe('');
      expect(JSON.parse(stdout).inputs.features.map(({ name }: { name: string }) => name)).toEqual([
        'rate',
        'spo2',
        'age',
      ]);
    }
    expect((await lookback(['doctor', path.join(folder, 'rows.tsv'), ...columns, ...features])).stderr).toMatch(
      /^The dataset is ds_/,
    );
  });

  test('as CSV with another delimiter are refused with the option that says it', async () => {
    const file = path.join(await ownFolder(), 'rows.csv');
    await writeFile(file, 'patient;rate;state\n7;71;rest\n');
    const columns = ['--sequence', 'patient', '--features', 'rate', '--label', 'state'];
    expect(await lookback(['upload', file, ...columns])).toEqual({
      exitCode: 2,
      stdout: '',
      stderr: `${file} has no column "patient" with "," between cells: its first line looks like ";". Add --delimiter ';'.\n`,
    });
    const piped = await lookback(['upload', '-', '--format', 'csv', ...columns], {
      stdin: 'patient;rate;state\n7;71;rest\n',
    });
    expect(piped).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('the delimiter seems to be ";", and not ","'),
    });
    expect((await lookback(['upload', file, ...columns, '--delimiter', ';'])).stdout).toMatch(/^ds_/);
  });

  test('with mistakes are refused with 2 and their lines', async () => {
    const file = path.join(await ownFolder(), 'bad.ndjson');
    await writeFile(file, '{"x": [0, 1], "y": [0]}\n{"x": [0, "a"], "y": [0, 1]}\n');
    const { exitCode, stderr } = await lookback(['upload', file]);
    expect(exitCode).toBe(2);
    expect(stderr).toMatch(/line 1, y: .*\n.*line 2/);
  });
});

describe('models', () => {
  test('that were trained elsewhere are imported, or refused with 2 by the layer', async () => {
    const fixtures = path.resolve(import.meta.dirname, '../fixtures/models');
    const { exitCode, stdout, stderr } = await lookback([
      'import',
      `${fixtures}/two-layers.keras`,
      '--labels',
      'a,b,c,d',
    ]);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^job_\w{26}\n$/);
    expect(stderr).toContain('A keras file. Inputs: numbers as they are. Classes: as --labels says.');
    const shown = JSON.parse((await lookback(['show', stdout.trim(), '--json'])).stdout);
    expect(shown).toMatchObject({ name: 'two-layers', spec: null, imported: { format: 'keras' } });
    expect(stderr).toContain('Labels: where the file says.');
    const torch = await lookback(['import', `${fixtures}/torch.safetensors`]);
    expect(torch.stderr).toContain('Labels: at each step, which the file does not say; --at end, if');
    const refused = await lookback(['import', `${fixtures}/relu.keras`]);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('(LSTM) has activation "relu"') });
  });

  test('predict each step of sequences given in any way', async () => {
    const given = await lookback(['predict', trained, '0,0,1,0,1,1', '[1,1]', '--json']);
    const [one, two] = given.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(one.classes.slice(1)).toEqual([0, 1, 2, 1, 3]);
    expect(two.probabilities).toHaveLength(2);
    const piped = await lookback(['predict', trained, '--json'], { stdin: '[0,0,1,0,1,1]\n{"x": [1,1]}\n' });
    expect(piped.stdout).toBe(given.stdout);
    const plain = await lookback(['predict', trained, '--json'], { stdin: '0,0,1,0,1,1\n\n 1 1 \n' });
    expect(plain.stdout).toBe(given.stdout);
    const csv = path.join(await ownFolder(), 'digits.csv');
    await writeFile(csv, 'digit,id,label\n0,a,0\n1,b,1\n0,a,0\n1,a,1\n0,a,0\n1,b,1\n1,a,1\n1,a,1\n');
    const columns = ['--sequence', 'id', '--features', 'digit'];
    expect((await lookback(['predict', trained, '--json', '--file', csv, ...columns])).stdout).toBe(given.stdout);
    const unknown = await lookback(['predict', trained, '--file', csv, '--features', 'digits']);
    expect(unknown).toMatchObject({ exitCode: 2, stderr: `${csv} has no column "digits"; it has digit, id, label.\n` });
    const semicolons = 'digit;id\n0;a\n1;b\n0;a\n1;a\n0;a\n1;b\n1;a\n1;a\n';
    const fromInput = ['--file', '-', '--format', 'csv', '--delimiter', ';', '--sequence', 'id'];
    expect((await lookback(['predict', trained, '--json', ...fromInput], { stdin: semicolons })).stdout).toBe(
      given.stdout,
    );
    await writeFile(csv, semicolons);
    expect((await lookback(['predict', trained, '--file', csv, '--sequence', 'id'])).stderr).toContain('--delimiter');
    await writeFile(csv, '0,1\n1,1\n');
    expect((await lookback(['predict', trained, '--file', csv])).stderr).toContain('needs a first line with the names');
    for (const option of [
      ['--sequence', 'id'],
      ['--delimiter', ';'],
      ['--format', 'csv'],
    ])
      expect(await lookback(['predict', trained, '0,1', ...option])).toMatchObject({
        exitCode: 2,
        stderr: expect.stringContaining(option[0]),
      });
    const wide = await lookback(['predict', trained, '--delimiter', ';;', '--format', 'csv'], { stdin: semicolons });
    expect(wide.stderr).toContain('must be one character');
    const table = await lookback(['predict', trained, '0,1']);
    expect(table.stdout).toMatch(/^input +class +0 +1 +2 +3\n0 .*\n1 +1 +0\.\d{4} 0\.9\d{3}/);
    const many = await lookback(['predict', trained, '--json'], { stdin: '[0,1]\n'.repeat(450) });
    expect(many.stdout.trim().split('\n')).toHaveLength(450);
    const whole = await lookback(['predict', trained, '0,1', '--at', 'end', '--json']);
    expect(JSON.parse(whole.stdout)).toMatchObject({ class: 1 });
  });

  test.each(['predict', 'explain'])('%s refuses cells of a CSV by their lines and columns', async (command) => {
    const csv = path.join(await ownFolder(), 'gaps.csv');
    await writeFile(csv, 'id,digit\na,0\n\nb,1\na,\n');
    expect(await lookback([command, trained, '--file', csv, '--sequence', 'id'])).toMatchObject({
      exitCode: 2,
      stderr: `The request is not valid: line 5 of ${csv}, column "digit" (an empty cell) must be a number, but is null.\n`,
    });
    await writeFile(csv, 'digit,other\n0,1\n');
    const twoColumns = await lookback([command, trained, '--file', csv]);
    expect(twoColumns.stderr).toContain(`line 2 of ${csv}, columns "digit", "other" must be`);
  });

  test('are refused a sequence of a later part by its number among all', async () => {
    const stdin = `${'[0,1]\n'.repeat(250)}[0,7]\n`;
    const { exitCode, stderr } = await lookback(['predict', trained, '--json'], { stdin });
    expect(exitCode).toBe(2);
    expect(stderr).toContain('sequences[250][1] must be an integer from 0 to 1');
  });

  test('are reported with bars and a matrix', async () => {
    const { exitCode, stdout } = await lookback(['report', trained]);
    expect(exitCode).toBe(0);
    for (const part of ['What can be known', 'the present alone', 'Influence by lag', '1 back', 'Confusion'])
      expect(stdout).toContain(part);
    expect(stdout).not.toContain('\u001b');
    expect(JSON.parse((await lookback(['report', trained, '--json'])).stdout)).toHaveProperty('verdict');
  });

  test('are exported whole, under their own name or another', async () => {
    const folder = await ownFolder();
    const file = path.join(folder, 'model.zip');
    expect(await lookback(['export', trained, '-o', file])).toMatchObject({ exitCode: 0, stdout: `${file}\n` });
    expect((await readFile(file)).subarray(0, 2).toString()).toBe('PK');
    expect(await readdir(folder)).toEqual(['model.zip']);
    const onnx = path.join(folder, 'model.onnx');
    expect(await lookback(['export', trained, '--format', 'onnx', '-o', onnx])).toMatchObject({ exitCode: 0 });
    expect(await readFile(onnx, 'latin1')).toContain('probabilities');
    expect(await lookback(['export', trained, '--format', 'pickle'])).toMatchObject({ exitCode: 2 });
    const refused = await lookback(['export', trained, '-o', path.join(folder, 'none', 'model.zip')]);
    expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('cannot be written') });
    const kept = path.join(folder, 'kept');
    await mkdir(kept);
    expect(await lookback(['export', trained, '-o', kept])).toMatchObject({
      exitCode: 2,
      stderr: `--output ${kept} is a folder: name a file.\n`,
    });
  });
});

describe('the rest', () => {
  test('the doctor of a broken spec ends with 1, and its patch can be submitted as it is printed', async () => {
    const { exitCode, stdout } = await lookback(['doctor', '-p', 'broken']);
    expect(exitCode).toBe(1);
    const patch = /patch: (.*)$/m.exec(stdout)![1].split(' ');
    const patched = await lookback(['doctor', '-p', 'broken', ...patch, '--json']);
    expect(patched.exitCode).toBe(0);
    expect(JSON.parse(patched.stdout)).toMatchObject({ order: 1, findings: [] });
  });

  test('presets, tasks and workers are listed', async () => {
    expect((await lookback(['presets'])).stdout).toMatch(/^broken\n {2}The question/);
    expect((await lookback(['tasks'])).stdout).toContain('binary-digits');
    expect(JSON.parse((await lookback(['workers', '--json'])).stdout)).toHaveLength(1);
  });

  test('a service that is away is 3, with what to do', async () => {
    const { exitCode, stderr } = await lookback(['jobs', '--url', 'http://127.0.0.1:9']);
    expect(exitCode).toBe(3);
    expect(stderr).toMatch(/^http:\/\/127\.0\.0\.1:9 cannot be reached \(.+\)\.\n.*lookback start/);
  });

  test('--help names every command and every exit code', async () => {
    const { exitCode, stdout } = await lookback(['--help']);
    expect(exitCode).toBe(0);
    for (const word of [
      'start',
      'submit',
      'watch',
      'jobs',
      'show',
      'doctor',
      'upload',
      'predict',
      'report',
      'export',
      '130 ended',
    ]) {
      expect(stdout).toContain(word);
    }
  });
});

describe('what a service can do, a command asks for', () => {
  test('status says who works, and what is amiss', async () => {
    const { exitCode, stdout } = await lookback(['status']);
    expect({ exitCode, stdout }).toEqual({
      exitCode: 0,
      stdout: expect.stringMatching(/^ready: \d+ jobs? queued; 1 worker, /),
    });
    expect(JSON.parse((await lookback(['status', '--json'])).stdout)).toMatchObject({ status: 'ok' });
    expect((await lookback(['status', '--url', 'http://127.0.0.1:1'])).exitCode).toBe(3);
  });

  test('validate says what a job would be, and submits nothing', async () => {
    const { stdout } = await lookback(['validate', '-p', 'broken']);
    expect(stdout).toMatch(/^parameters {2}\d+$/m);
    expect(stdout).toContain('axes-swapped');
    const before = (await lookback(['jobs', '--json'])).stdout;
    expect(JSON.parse((await lookback(['validate', '-p', 'broken', '--json'])).stdout).doctor.findings).toHaveLength(1);
    expect((await lookback(['jobs', '--json'])).stdout).toBe(before);
  });

  test('checkpoints of a job are listed, with the hash of their weights', async () => {
    const { stdout } = await lookback(['checkpoints', trained]);
    expect(stdout).toMatch(/^ *step .*weights$/m);
    expect(stdout).toMatch(/^ *600 .* [0-9a-f]{12}$/m);
    expect(JSON.parse((await lookback(['checkpoints', trained, '--json'])).stdout)[0]).toMatchObject({ step: 600 });
  });

  test('explain names the inputs that moved a step, the strongest first', async () => {
    const { stdout } = await lookback(['explain', trained, '0,0,1,0,1,1', '--step', '3', '--lags', '2']);
    expect(stdout).toMatch(/^step 3 of sequence 1: class 2, \d+\.\d %$/m);
    expect(stdout).toMatch(/^ {2}the present {2}0 .* 0\.[23]\d{3}$/m);
    expect(stdout).toMatch(/^ {2}1 back {7}1 .* 0\.[23]\d{3}$/m);
    expect(stdout).toMatch(/^ {2}2 back {7}0 .* 0\.0\d{3}$/m);
    const { explanations } = JSON.parse((await lookback(['explain', trained, '0,1', '--json'])).stdout);
    expect(explanations[0]).toMatchObject({ sequence: 0, step: 1, class: 1 });
    expect((await lookback(['explain', trained, '0,1', '--step', 'last'])).exitCode).toBe(2);
    const drawn = await lookback(['explain', trained, '0,0,1,0,1,1', '--replacements', '1', '--seed', '3']);
    expect(drawn.stdout).toMatch(/^ {2}the present {2}1 .* 0\.\d{4} ± \?$/m);
    expect(drawn.stdout).toContain('\nEach input was replaced by 1 value drawn from the task;');
    expect((await lookback(['explain', trained, '0,1', '--replacements', '0'])).stderr).toContain(
      'replacements must be',
    );
  });

  test('a session keeps the state between steps, until it is ended', async () => {
    const id = (await lookback(['sessions', 'open', trained])).stdout.trim();
    expect((await lookback(['sessions', 'step', id, '0,1'])).stdout).toMatch(
      /^step 1 .*\nstep 2 {2}1 {3}0\.9\d+ {2}1\n$/,
    );
    // 0 after 1: class 2, which only a model knows that has its past.
    expect((await lookback(['sessions', 'step', id, '0'])).stdout).toMatch(/^step 3 {2}0 {3}0\.9\d+ {2}2\n$/);
    const conflict = await lookback(['sessions', 'step', id, '0', '--after', '2']);
    expect(conflict.exitCode).toBe(1);
    expect(JSON.parse((await lookback(['sessions', 'show', id, '--json'])).stdout)).toMatchObject({ id, steps: 3 });
    expect((await lookback(['sessions', 'end', id])).stdout).toBe(`${id}  ended\n`);
    expect((await lookback(['sessions', 'show', id])).exitCode).toBe(1);
  });

  test('evaluate judges a model on a file, which becomes a dataset', async () => {
    const file = path.join(await ownFolder(), 'digits.ndjson');
    const line = (x: number[]) =>
      JSON.stringify({ x, y: x.map((value, t) => (t === 0 ? null : value + 2 * x[t - 1])) });
    const rows = Array.from({ length: 40 }, (_, i) =>
      line(Array.from({ length: 12 }, (_, t) => ((i * 7 + t * t) >> 1) % 2)),
    );
    await writeFile(file, rows.join('\n'));
    const { exitCode, stdout, stderr } = await lookback(['evaluate', trained, file]);
    expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('The dataset is ds_') });
    expect(stdout).toMatch(/^Step 600 of job_\w+\nloss 0\.\d{4}, accuracy (100|\d+\.\d) %, over 440 labels/);
    expect(stderr).not.toContain('trained on a part of this dataset');
    expect(stdout).toContain('Influence by lag');
    const [dataset] = /ds_\w+/.exec(stderr)!;
    expect(JSON.parse((await lookback(['evaluate', trained, dataset, '--json'])).stdout)).toMatchObject({
      job: trained,
      dataset,
    });
  });

  test('a job trained on a dataset is named by an alias; its classes by their names, what it has seen as seen', async () => {
    const lines = Array.from({ length: 20 }, (_, s) => ({
      x: [s % 2, 1 - (s % 2), s % 3],
      y: s % 2 ? 'odd one' : 'even',
    }));
    const file = path.join(await ownFolder(), 'named.ndjson');
    await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'));
    const dataset = (await lookback(['upload', file])).stdout.trim();
    const spec = ['-s', 'task.type=dataset', '-s', `task.dataset=${dataset}`, '-s', 'training.steps=40'];
    const job = (await lookback(['submit', ...spec, '--follow'])).stdout.match(/job_\w+/)![0];
    await lookback(['aliases', 'set', 'named', job]);

    expect((await lookback(['predict', 'named', '1,0,1', '--at', 'every-step'])).stdout).toMatch(
      /^input +class +(even +odd one|odd one +even)\n/,
    );
    expect((await lookback(['explain', 'named', '1,0,1'])).stdout).toMatch(
      /^step 2 of sequence 1: (even|odd one), \d+\.\d %$/m,
    );
    const judged = await lookback(['evaluate', 'named', dataset]);
    expect(judged).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`Step 40 of ${job}`) });
    expect(judged.stderr).toContain(`named is an alias of step 40 of ${job}.`);
    expect(judged.stderr).toContain('The job was trained on a part of this dataset');
    expect((await lookback(['report', 'named'])).exitCode).toBe(0);
    const exported = path.join(path.dirname(file), 'named.zip');
    expect((await lookback(['export', 'named', '-o', exported])).stdout).toBe(`${exported}\n`);
    expect(await lookback(['report', 'nobody'])).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining('no job'),
    });
    for (const words of [['upload'], ['evaluate', job]]) {
      for (const missing of ['none.csv', 'none'])
        expect((await lookback([...words, missing])).stderr).toContain(`${missing} cannot be read`);
    }
    await lookback(['aliases', 'remove', 'named']);
  });

  test('an alias gets a canary, which needs its checkpoint and its share', async () => {
    const set = ['aliases', 'set', 'digits', trained, '--canary', 'best'];
    expect((await lookback(set)).exitCode).toBe(2);
    expect((await lookback([...set, '--share', '0.1', '--canary-job', trained])).exitCode).toBe(0);
    expect((await lookback(['aliases', 'show', 'digits'])).stdout).toContain('10.0 % 600');
    expect((await lookback(['aliases', 'remove', 'digits'])).exitCode).toBe(0);
  });
});
