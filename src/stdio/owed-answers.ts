import { isJsonObject } from '../kernel/json.ts';

/** Keeps count of the requests that passed and whose answers have not. */
export class OwedAnswers {
  readonly #ids = new Set<unknown>();

  /** Answers that have not come. */
  get size(): number {
    return this.#ids.size;
  }

  /** A message of the client passed. */
  asked(message: Buffer): void {
    for (const { id, method } of read(message)) {
      if (id !== undefined && method !== undefined) this.#ids.add(id);
    }
  }

  /** A message of the gateway passed. */
  answered(message: Buffer): void {
    for (const { id, method } of read(message)) if (method === undefined) this.#ids.delete(id);
  }
}

function read(message: Buffer): { readonly id?: unknown; readonly method?: unknown }[] {
  try {
    const value: unknown = JSON.parse(message.toString('utf8'));
    return (Array.isArray(value) ? (value as unknown[]) : [value]).filter(isJsonObject);
  } catch {
    // The gateway will say what is wrong with it.
    return [];
  }
}
