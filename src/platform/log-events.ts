/**
 * Codes of the log lines that programs wait for. A line carries its code in the field `event`; its sentence may change.
 */
export const logEvents = [
  'api-ready',
  'worker-ready',
  'engine-offered',
  'engine-refused',
  'run-started',
  'run-ended',
  'run-fenced',
  'redis-ended',
  'redis-lost',
  'redis-back',
  'stopping',
] as const;

export type LogEvent = (typeof logEvents)[number];

/** The fields of a log line that has a code. */
export function logEvent<Fields extends object>(event: LogEvent, fields?: Fields): { event: LogEvent } & Fields {
  return { event, ...fields } as { event: LogEvent } & Fields;
}
