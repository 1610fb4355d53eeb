/** What becomes of an error that ends a run: only causes that are known are named, and no stack reaches the job's record. */
import { open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { DivergedError } from '../../src/platform/errors.ts';
import { describeFailure, stackTraceOf } from '../../workers/failure.ts';

/** An error as Node makes those of the file system. */
function diskError(code: string, syscall = 'open'): Error {
  return Object.assign(new Error(`${code}: as Node says it, ${syscall} '/secret/path'`), { code, syscall, errno: -1 });
}

test.each(['EMFILE', 'ENFILE', 'EIO', 'ESTALE', 'EBUSY'])('%s is a failure of the disk, tried again', (code) => {
  const failure = describeFailure(diskError(code));
  expect(failure).toMatchObject({ category: 'infrastructure', code: 'storage_failing' });
  expect(failure.message).toContain(code);
  expect(failure.message).not.toContain('/secret');
});

test.each(['ENOSPC', 'EDQUOT', 'EROFS', 'EACCES'])('%s is waited for', (code) => {
  expect(describeFailure(diskError(code, 'mkdir'))).toMatchObject({ category: 'capacity', code: 'storage' });
});

test('a real error of the disk says what it is', async () => {
  const file = path.join(tmpdir(), `lookback-failure-${process.pid}`);
  await writeFile(file, '');
  const error = await open(path.join(file, 'below')).catch((cause) => cause);
  await rm(file);
  expect(describeFailure(error)).toMatchObject({ category: 'bug', code: 'internal' });
});

test('memory that cannot be had is named; any other RangeError is a fault of the program', () => {
  const caught = (act: () => unknown) => {
    try {
      return act();
    } catch (error) {
      return error;
    }
  };
  const allocation = caught(() => new ArrayBuffer(2 ** 53 - 1));
  expect(describeFailure(allocation)).toMatchObject({ category: 'capacity', code: 'memory' });
  const wasm = new RangeError('WebAssembly.Memory.grow(): Unable to grow instance memory');
  expect(describeFailure(wasm)).toMatchObject({ category: 'capacity', code: 'memory' });
  const digits = caught(() => (1).toFixed(101));
  expect(digits).toBeInstanceOf(RangeError);
  expect(describeFailure(digits)).toMatchObject({ category: 'bug', code: 'internal' });
});

test('a fault of the program has message and code in the record, and its stack in the log', () => {
  const error = new TypeError('x is not a function');
  expect(describeFailure(error)).toEqual({ category: 'bug', code: 'internal', message: 'x is not a function' });
  expect(stackTraceOf(error)).toContain('failures-say-what-they-are');
  expect(stackTraceOf(new DivergedError(3))).toBeUndefined();
});
