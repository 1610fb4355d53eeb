/**
 * A process in the middle of an upload that never ends: started as `node endless-upload.mjs DATA-FOLDER`, it says so to its parent once the upload has begun.
 */
import { Readable } from 'node:stream';

const { DatasetStore } = await import(new URL('../../dist/src/data/datasets/stored/store.js', import.meta.url).href);

const lines = new Readable({
  read() {
    process.send?.({ type: 'begun' });
  },
});
await new DatasetStore(process.argv[2]).create(lines, { format: 'ndjson' });
