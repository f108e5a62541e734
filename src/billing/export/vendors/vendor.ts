import type { ExportEvent } from '../export-event.ts';

/** What a vendor made of a batch. Events that are in neither were not taken and are sent again. */
export interface BatchAnswer {
  /** Ids of events that it has now, or had already. */
  readonly done: ReadonlySet<string>;
  /** Why it will never take an event, by id. */
  readonly refused: ReadonlyMap<string, string>;
  /** Why it took none of the batch, when it does not say which event is at fault. */
  readonly problem?: string;
}

/** A system that counts what it is told. */
export interface Vendor {
  /** Events of one batch. */
  readonly batchMax: number;
  /** How long it surely knows an id again; undefined for ever. */
  readonly remembersMs: number | undefined;
  /** Why an event need not be sent at all: it would be refused. */
  refuses(event: ExportEvent, nowMs: number): string | undefined;
  /** Rejects with VendorDelay when all of it has to be tried later. */
  send(events: readonly ExportEvent[], nowMs: number): Promise<BatchAnswer>;
}

/** A vendor that cannot be told now, or not all of what it was to be told. */
export class VendorDelay extends Error {
  readonly retryAfterMs: number | undefined;
  /** True when the vendor surely has nothing of what was sent. */
  readonly isCertain: boolean;

  /** What it has taken or refused before. */
  readonly sofar: BatchAnswer;

  constructor(
    text: string,
    isCertain: boolean,
    retryAfterMs?: number,
    sofar: BatchAnswer = { done: new Set(), refused: new Map() },
  ) {
    super(text);
    this.isCertain = isCertain;
    this.retryAfterMs = retryAfterMs;
    this.sofar = sofar;
  }
}

/** Why a quantity cannot be told to somebody who takes decimals. */
export function refusesFraction({ value }: ExportEvent): string | undefined {
  if (/^-?\d+(?:\.\d+)?$/.test(value)) return undefined;
  return `The quantity ${value} is no decimal number.`;
}
