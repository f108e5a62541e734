import type { JsonObject, Json } from '../../src/kernel/json.ts';

/** A published example of billing; see the README beside this file for the format. */
export interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly currency: string;
  readonly price: JsonObject | undefined;
  readonly quantity: Json | undefined;
  readonly events: readonly JsonObject[];
  readonly expected: JsonObject;
  readonly notes: string;
}

/** Said of a vector that the product has no words for, with the reason. */
export class CannotExpress extends Error {
  override readonly name = 'CannotExpress';
}
