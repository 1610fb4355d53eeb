/**
 * A run that stands still in the middle of what it does: started as `node late-attempt.mjs FOLDER ATTEMPT STEP`, it
 * begins the attempt and saves a checkpoint, but stops just before the call that makes the checkpoint appear, says so
 * to its parent, and goes on when it is told to. Its last message says how the save ended.
 */
import { once } from 'node:events';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';

const [folder, attempt, step] = process.argv.slice(2);
const rename = promises.rename;
promises.rename = async (from, to) => {
  if (String(to).endsWith(`step-${step}`)) {
    process.send?.({ type: 'before the rename' });
    await once(process, 'message');
  }
  return rename(from, to);
};
syncBuiltinESMExports();

/** @param {string} file */
const compiled = (file) => import(new URL(`../../dist/src/${file}`, import.meta.url).href);
const { CheckpointStore } = await compiled('checkpoints/store.js');
const { decodeCheckpoint } = await compiled('checkpoints/format/checkpoint.js');
const { readWhole } = await compiled('checkpoints/format/reading.js');
const { openStore } = await compiled('storage/open.js');

const blobs = await openStore(folder);
const store = new CheckpointStore(blobs);
await store.begin('job_a', Number(attempt));
// What it saves is what the parent has saved before, under another step.
const { manifest, files } = await readWhole(blobs, 'checkpoints/job_a/step-1');
const outcome = await store
  .save('job_a', { ...decodeCheckpoint(manifest, files), step: Number(step) }, Number(attempt))
  .then(
    () => 'saved',
    (/** @type {{ code: string }} */ error) => error.code,
  );
process.send?.({ type: 'ended', outcome });
process.disconnect?.();
