/**
 * Copies what lies in a store to another, of whatever kind. What is removed while it is copied is left out.
 */
import { checkpointFiles } from '../checkpoints/format/files.ts';
import { checkpointArea, initialKey, isJobId, jobKey, reportKey, stepKey, stepsAmong } from '../checkpoints/keys.ts';
import { pinFiles, pinsKey } from '../checkpoints/pins.ts';
import { datasetArea, datasetFiles, datasetKey } from '../data/datasets/stored/keys.ts';
import type { BlobStore, OpenGroup } from '../storage/blob-store.ts';
import { type Key, keyOf, parentOf } from '../storage/key.ts';

const pieceBytes = 2 ** 20;

export interface Copied {
  jobs: number;
  checkpoints: number;
  datasets: number;
}

export async function copyStore(from: BlobStore, to: BlobStore): Promise<Copied> {
  const copied = { jobs: 0, checkpoints: 0, datasets: 0 };
  for (const id of (await from.list(datasetArea)).whole) {
    if (await copyGroup(from, to, datasetKey(id), Object.values(datasetFiles))) copied.datasets++;
  }
  for (const job of (await from.list(checkpointArea)).whole.filter(isJobId)) {
    for (const step of stepsAmong((await from.list(jobKey(job))).whole)) {
      if (await copyGroup(from, to, stepKey(job, step), checkpointFiles)) copied.checkpoints++;
    }
    await copyGroup(from, to, initialKey(job), checkpointFiles);
    const report = await from.get(reportKey(job));
    if (report) await to.put(reportKey(job), report);
    for (const pin of (await from.list(pinsKey(job))).whole)
      await copyGroup(from, to, keyOf(pinsKey(job), pin), pinFiles);
    copied.jobs++;
  }
  return copied;
}

/** False: it is no longer there as a whole. */
function copyGroup(from: BlobStore, to: BlobStore, key: Key, names: readonly string[]): Promise<boolean> {
  return from.withGroup(key, names, async (group) => {
    if (!names.every((name) => group.has(name))) return false;
    const draft = await to.openDraft(parentOf(key));
    try {
      for (const name of names) {
        const writer = await draft.create(name);
        try {
          for await (const piece of piecesOf(group, name)) await writer.append(piece);
          await writer.finish();
        } finally {
          await writer.abandon();
        }
      }
      return await draft.publish(key);
    } finally {
      await draft.release();
    }
  });
}

/** The bytes of an open blob; each piece is valid until the next is asked for. */
export async function* piecesOf(group: OpenGroup, name: string): AsyncGenerator<Uint8Array> {
  const piece = new Uint8Array(pieceBytes);
  for (let at = 0; ; ) {
    const bytes = await group.readAt(name, piece, at);
    if (bytes === 0) return;
    yield piece.subarray(0, bytes);
    at += bytes;
  }
}
