/**
 * Tests that make sense, or are worth their time, over one kind of store alone.
 */

/** `npm run test:s3` leaves them out: they are about the folder in which checkpoints lie. */
const ofTheDisk = {
  'workers/a-full-disk-pauses-jobs': 'fills the disk',
  'workers/a-read-only-disk-loses-nothing': 'mounts the disk so that it cannot be written',
  'workers/a-job-takes-what-its-estimate-says': 'adds up what the files of a job take',
  'workers/a-quota-holds-while-jobs-run': 'puts files of others beside the checkpoints',
  'workers/damaged-checkpoints-are-passed-over': 'changes bytes of files',
};

/** Only `npm run test:s3` runs them: every run holds the store in a bucket to its contract. */
const ofABucket = {
  'storage/s3-failures': 'half a minute of a server that fails',
  'workers/a-store-in-a-bucket': 'half a minute of jobs',
};

/** Paths relative to the root. */
export const testsOfTheDisk = pathsOf(ofTheDisk);
export const testsOfABucket = pathsOf(ofABucket);

function pathsOf(reasons: Readonly<Record<string, string>>): string[] {
  return Object.keys(reasons).map((name) => `test/${name}.test.ts`);
}
