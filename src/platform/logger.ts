/**
 * The log of a process: JSON lines, or coloured text where a person is watching. It goes to stderr; stdout belongs to results.
 */
import { type Logger, pino } from 'pino';
import { prettyFactory } from 'pino-pretty';
import { LogLines } from './log-lines.ts';

export type { Logger };

/** What waits to be written while stderr takes nothing, in bytes; more than that is dropped. */
const waitingBytes = 2 ** 20;

/** At the level `info`, until the settings are read. */
export function createLogger(process_: string): Logger {
  outliveOutput();
  const options = { level: 'info', base: { process: process_ }, serializers: { err: withoutArguments } };
  const destination = pino.destination({ fd: 2, sync: true, maxLength: waitingBytes });
  // A log that nobody can read any more, or a full disk that it is written to, ends nothing.
  destination.on('error', () => {});
  if (!process.stderr.isTTY) return pino(options, new LogLines((text) => destination.write(text)));
  const prettify = prettyFactory({
    colorize: true,
    // A line an entry: what a request's message says already, and its id, are for those who search in JSON.
    singleLine: true,
    ignore: 'pid,hostname,process,reqId,req,statusCode,ms',
    messageFormat: '{process}: {msg}',
  });
  return pino(options, { write: (line: string) => destination.write(prettify(line)) });
}

/** An error of ioredis tells the command that failed with all that was sent, as the password of an AUTH. */
function withoutArguments(error: Error): object {
  const { command, ...rest } = pino.stdSerializers.err(error) as { command?: { name?: unknown } };
  return command === undefined ? rest : { ...rest, command: command.name };
}

/**
 * A terminal that was closed, or a pipe whose reader has gone, does not end the process: what it prints there is lost,
 * and its work goes on.
 */
function outliveOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
