import { isListen } from '../../mcp/protocol.ts';
import { ConcurrencyGate } from '../../policy/concurrency-gate.ts';
import type { Permitted } from '../exchange.ts';
import type { Hold } from '../spine.ts';

/** Streams on which nothing happens take no place from calls: the hub has bounds of its own. */
const nothingHeld: Hold = { settle: () => {} };

/** Makes the step that takes what an exchange needs while it runs: today a place in its tenant. */
export function createReserve(): (permitted: Permitted) => Hold {
  const gate = new ConcurrencyGate();
  return ({ principal, request }) =>
    isListen(request) ? nothingHeld : { settle: gate.enter(principal.tenant) };
}
