/**
 * The command line of a test: in this process, with streams of its own, against a real service.
 */
import { PassThrough, Readable } from 'node:stream';
import type { CommandStreams } from '../../src/cli/context.ts';
import { runCommandLine } from '../../src/cli/program.ts';

export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

interface CommandOptions {
  stdin?: string;
  env?: NodeJS.ProcessEnv;
  columns?: number;
}

/** Words as a shell has split them. */
export type CommandLine = (words: readonly string[], options?: CommandOptions) => Promise<CommandResult>;

export function commandLineTo(url: string): CommandLine {
  return async (words, { stdin = '', env = {}, columns } = {}) => {
    const [stdout, stderr] = [recorder(columns), recorder()];
    const streams = {
      stdout: stdout.stream,
      stderr: stderr.stream,
      stdin: Readable.from([stdin]),
      env: { LOOKBACK_URL: url, ...env },
    } as unknown as CommandStreams;
    const exitCode = await runCommandLine(words, streams);
    return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
  };
}

/** A stream that is no terminal. */
function recorder(columns?: number) {
  const chunks: Buffer[] = [];
  const stream = Object.assign(new PassThrough(), { columns });
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  return { stream, text: () => Buffer.concat(chunks).toString() };
}
