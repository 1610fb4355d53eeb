/**
 * A process in the middle of an upload that never ends: started as `node endless-upload.mjs DATA-FOLDER`, it says so to
 * its parent once the upload has begun.
 */
import { Readable } from 'node:stream';

/** @param {string} file */
const compiled = (file) => import(new URL(`../../dist/src/${file}`, import.meta.url).href);
const { DatasetStore } = await compiled('data/datasets/stored/store.js');
const { openStore } = await compiled('storage/open.js');

const lines = new Readable({
  read() {
    process.send?.({ type: 'begun' });
  },
});
await new DatasetStore(await openStore(process.argv[2])).create(lines, { format: 'ndjson' });
