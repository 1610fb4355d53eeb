/** Who trains: a process for each run, that ends with it; and a spare one, which is there before the next job comes. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { eventually, followToEnd, startCluster, training } from '../support/cluster.ts';

test('each run has a process of its own, and between two runs there is the next one’s', async () => {
  const { client, workers } = await startCluster();
  const [worker] = workers;
  const used: number[] = [];
  const spareProcess = async () => {
    const isSpare = (pids: number[]) => pids.length === 1 && !used.includes(pids[0]);
    return (await eventually(async () => childrenOf(worker.pid), isSpare))[0];
  };
  for (const steps of [1, 20, 300]) {
    const spare = await spareProcess();
    const taken = training(worker);
    const { id } = await client.submit({ engine: 'simd', diagnose: false, training: { steps } });
    await followToEnd(client, id);
    expect((await taken).pid).toBe(spare);
    used.push(spare);
  }
  await spareProcess();
}, 30_000);

function childrenOf(worker: number): number[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat='], { encoding: 'utf8' });
  const processes = table
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
  return processes
    .filter(([, parent, state]) => Number(parent) === worker && !state.startsWith('Z'))
    .map(([pid]) => Number(pid));
}
