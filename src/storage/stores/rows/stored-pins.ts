import type { DefinitionPin } from '../../../catalog/pins/store.ts';
import type { Tables } from '../tables.ts';

/** A pin as its columns hold it. */
export type PinRow = Omit<Tables['definition_pin'], 'tenant_id' | 'service_id'>;

/** Reads a pin from its columns. */
export function toPin(row: PinRow): DefinitionPin {
  const { pending_hash: hash, pending_since_ms: sinceMs, pending_state: state } = row;
  return {
    tool: row.tool,
    hash: row.hash,
    definition: row.definition,
    pinnedAtMs: row.pinned_at_ms,
    pinnedBy: row.pinned_by,
    previousHash: row.previous_hash,
    previousDefinition: row.previous_definition,
    pending:
      hash === null || sinceMs === null || state === null
        ? null
        : { hash, sinceMs, state, definition: row.pending_definition, by: row.pending_by },
  };
}
