/**
 * What an error of the file system means to a caller: the disk has no room, cannot be written, or fails.
 */
import type { StorageFailure } from '../../platform/errors.ts';

const full = (reason: string): StorageFailure => ({ code: 'storage_full', message: `There is no room: ${reason}.` });
const notWritable = (reason: string): StorageFailure => ({
  code: 'storage_not_writable',
  message: `The data folder cannot be written: ${reason}.`,
});
const failing = (reason: string): StorageFailure => ({
  code: 'storage_failing',
  message: `The data folder cannot be used at the moment: ${reason}.`,
});

const failures: Record<string, StorageFailure> = {
  ENOSPC: full('the disk is full (ENOSPC)'),
  EDQUOT: full('the disk quota of the user that the service runs as is used up (EDQUOT)'),
  EROFS: notWritable('its disk is mounted read-only (EROFS)'),
  EACCES: notWritable('the service has no permission (EACCES)'),
  EPERM: notWritable('the operation is not permitted (EPERM)'),
  EIO: failing('its disk reports an input or output error (EIO)'),
  EMFILE: failing('the process has too many files open (EMFILE)'),
  ENFILE: failing('the machine has too many files open (ENFILE)'),
  ESTALE: failing('its network folder was replaced (ESTALE)'),
  EAGAIN: failing('a resource is not available (EAGAIN)'),
  EBUSY: failing('a file is in use (EBUSY)'),
  ETIMEDOUT: failing('its network folder did not answer in time (ETIMEDOUT)'),
  ENXIO: failing('its disk is gone (ENXIO)'),
  ENODEV: failing('its disk is gone (ENODEV)'),
};

/** What Node names in errors of the file system; those of sockets and processes carry some of the same codes. */
const fileCalls: ReadonlySet<string> = new Set(
  'access close copyfile fdatasync fstat fsync ftruncate futime link lstat mkdir mkdtemp open opendir read rename rm rmdir scandir stat statfs unlink utime write'.split(
    ' ',
  ),
);

/** Without the path, which is nobody’s business outside. Undefined: the error is none of these. */
export function diskFailureOf(error: unknown): StorageFailure | undefined {
  const { code, syscall } = (error ?? {}) as NodeJS.ErrnoException;
  if (!fileCalls.has(syscall ?? '')) return undefined;
  return failures[code ?? ''];
}
