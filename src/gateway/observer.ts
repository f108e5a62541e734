import type { Ending } from './ending.ts';
import type { Admitted, Routed } from './exchange.ts';

/** What is known of an exchange that ended: one that was refused early has no target. */
export type ObservedExchange = Admitted & Partial<Pick<Routed, 'target' | 'workId'>>;

/** Hears of every exchange, accepted or refused, once and at its end: logs, metrics, audit. */
export interface Observer {
  /** Must neither throw nor wait; what takes time is done elsewhere. */
  observe(exchange: ObservedExchange, ending: Ending): void;
}
