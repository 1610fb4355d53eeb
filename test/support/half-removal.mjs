/**
 * A process that stands still in the middle of a removal, to be killed there: started as `node half-removal.mjs LOCATION`,
 * it publishes a checkpoint and removes it, but never answers whether somebody wants it; it says so to its parent.
 */
/** @param {string} file */
const compiled = (file) => import(new URL(`../../dist/src/${file}`, import.meta.url).href);
const { openStore } = await compiled('storage/open.js');

const store = await openStore(process.argv[2]);
const job = 'checkpoints/job_a';
await store.begin(job, 1);
await store.publish(`${job}/step-1`, { 'a.bin': Buffer.from('wanted') }, 1);
await store.remove(`${job}/step-1`, 1, () => {
  process.send?.('out of sight');
  return new Promise(() => {});
});
