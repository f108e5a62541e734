import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { Json } from '../../kernel/json.ts';
import type { GrantOwner } from '../../kernel/principal.ts';

/** What somebody's word is given for; with any part of it changed it is another call. */
export interface BoundCall {
  readonly owner: GrantOwner;
  readonly serviceId: string;
  /** The tool on its service. */
  readonly tool: string;
  /** SHA-256 of the tool's canonical definition; '' for a tool that is not listed. */
  readonly definitionHash: string;
  readonly arguments: Json;
}

/** A digest that is equal for equal calls alone: arguments count by value, not by their order. */
export function approvalBinding(call: BoundCall): string {
  const { owner, serviceId, tool, definitionHash } = call;
  const parts = [owner.tenant, owner.grantId, serviceId, tool, definitionHash, call.arguments];
  return createHash('sha256').update(canonicalJson(parts)).digest('base64url');
}
