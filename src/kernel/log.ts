/** Fields of one log line; values are data, never whole requests or configurations. */
export type LogFields = Readonly<Record<string, string | number | boolean | null | undefined>>;

/** The structured log every folder writes to; `app` provides it. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** A log that keeps nothing, for tests and embedders. */
export const silentLog: Log = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
};
