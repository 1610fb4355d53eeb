/** A full disk under the embedded Redis, on a tmpfs where one can be mounted: what is said meanwhile, and that all goes on. */
import { expect, onTestFinished, test } from 'vitest';
import { LookbackClient } from '../../src/client/client.ts';
import { SmallDisk } from '../../testing/small-disk.ts';
import { eventually, firstEvent, followToEnd, hasTrained, slowSpec } from '../support/cluster.ts';
import { environmentIn, isServing, ownFolder, run, serverEntry } from '../support/service.ts';

const disk = await SmallDisk.mount(16);
const reason = disk instanceof SmallDisk ? '' : ` (skipped: ${disk})`;
const cause =
  'Redis answers, but it cannot write to its disk and takes no changes: make room on the disk of its data (MISCONF).';

test.skipIf(!(disk instanceof SmallDisk))(
  `while the disk is full a running job says what it waits for, and so do readiness and the log, once${reason}`,
  async () => {
    const small = disk as SmallDisk;
    onTestFinished(() => small.close());
    const folder = await ownFolder();
    // What belongs to the folder is killed when the test ends.
    const env = environmentIn(folder, { LOOKBACK_DATA: small.folder, LOG_LEVEL: 'info', TMPDIR: folder });
    const service = run([process.execPath, serverEntry], env);
    await isServing(service);
    const url = /listens on (\S+)\./.exec(service.output)![1];
    const client = new LookbackClient(url, { retries: 0 });
    // No checkpoint on the way: one that found the disk full before Redis does would pause the job.
    const job = await client.submit(slowSpec({ training: { checkpointEvery: 600 } }));
    await firstEvent(client, job.id, hasTrained(40));
    await small.fill();

    const waiting = await eventually(
      () => client.job(job.id),
      ({ waitingFor }) => waitingFor?.reason === 'redis',
    );
    expect(waiting).toMatchObject({ status: 'running' });
    expect(waiting.waitingFor!.message).toBe(`${cause} Until then nothing more of this job can be written down.`);
    const ready = await fetch(`${url}/health/ready`);
    expect(ready.status).toBe(503);
    expect((await ready.json()) as object).toMatchObject({ detail: cause });
    await expect(client.submit(slowSpec())).rejects.toMatchObject({
      status: 503,
      message: expect.stringContaining(cause),
    });

    // The API and its worker each say it, when they write next.
    const sayers = () => {
      const lines = service.output.split('\n').filter((line) => line.startsWith('{') && line.endsWith('}'));
      const said = lines.map((line) => JSON.parse(line)).filter(({ msg }) => msg.includes('MISCONF'));
      return said.map((line) => line.process).sort();
    };
    await eventually(
      async () => sayers(),
      (said) => said.includes('worker'),
    );

    await small.free();
    await followToEnd(client, job.id);
    expect(await client.job(job.id)).toMatchObject({ status: 'succeeded', step: 600, waitingFor: null });
    expect(sayers()).toEqual(['api', 'worker']);
  },
  90_000,
);
