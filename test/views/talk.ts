import type { JsonObject } from '../../src/kernel/json.ts';

/** What came back: the parts that are compared, and all of it as text. */
export interface Heard {
  /** The HTTP status, or 200 on a connection that has none. */
  readonly status: number;
  readonly result: JsonObject | undefined;
  readonly error: JsonObject | undefined;
  /** Everything that came: headers, body, events. */
  readonly text: string;
}

/** A client's way through one door to one place. */
export interface Talk {
  /** How the place introduced itself, or how it refused. */
  readonly opening: Heard | undefined;
  /** Sends a request and waits for its answer. */
  ask(method: string, params?: JsonObject, capabilities?: JsonObject): Promise<Heard>;
  close(): Promise<void> | void;
}

/** What a message that came says. */
export function heardMessage(message: JsonObject | undefined, status = 200): Heard {
  const { result, error } = (message ?? {}) as Readonly<Record<string, JsonObject | undefined>>;
  return { status, result, error, text: JSON.stringify(message ?? {}) };
}
