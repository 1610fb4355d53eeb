/**
 * Tests that `npm run test:s3` leaves out: they are about the folder in which checkpoints lie, and say nothing where they
 * lie in a bucket.
 */
const reasons = {
  'workers/a-full-disk-pauses-jobs': 'fills the disk',
  'workers/a-read-only-disk-loses-nothing': 'mounts the disk so that it cannot be written',
  'workers/a-job-takes-what-its-estimate-says': 'adds up what the files of a job take',
  'workers/a-quota-holds-while-jobs-run': 'puts files of others beside the checkpoints',
  'workers/damaged-checkpoints-are-passed-over': 'changes bytes of files',
};

/** Paths relative to the root. */
export const testsOfTheDisk = Object.keys(reasons).map((name) => `test/${name}.test.ts`);
