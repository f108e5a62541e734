import type { RuledApproval } from '../../gateway/approvals/call-approvals.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';
import type { ChatMessage } from '../conversations/message.ts';

/** What is known of a call when it is decided whether its user is asked first. */
export interface JudgedCall {
  /** The tool as its service lists it. */
  readonly definition: JsonObject;
  readonly slug: string;
  /** What an administrator's rules say; they win in both directions. */
  readonly ruled: RuledApproval;
  /** The user allowed this tool, with this very definition, for the whole conversation. */
  readonly isAlwaysAllowed: boolean;
  /** Services whose answers are in the conversation and may not be believed. */
  readonly taintedBy: ReadonlySet<string>;
}

/**
 * Whether somebody is asked before a tool is called. Its annotations are hints of its service:
 * what only reads is called; what destroys, or says nothing of itself, asks; what writes without
 * destroying asks once something that may not be believed was read, since that may have asked for
 * it. A tool that is always allowed asks again only when it may destroy and what was read came from
 * another service: that is the way on which data leaves.
 */
export function needsApproval(call: JudgedCall): boolean {
  const { definition, slug, ruled, isAlwaysAllowed, taintedBy } = call;
  if (ruled === 'exempt') return false;
  if (ruled !== 'open') return true;
  const says = objectMember(definition, 'annotations');
  if (says?.['readOnlyHint'] === true) return false;
  const mayDestroy = says?.['destructiveHint'] !== false;
  if (isAlwaysAllowed) return mayDestroy && [...taintedBy].some((other) => other !== slug);
  return mayDestroy || taintedBy.size > 0;
}

/** The services that answered in a branch and may not be believed. */
export function taintOf(
  history: readonly ChatMessage[],
  isTrusted: (slug: string) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { parts } of history) {
    for (const part of parts) {
      if (part.type !== 'tool_result' || (part.end !== 'ok' && part.end !== 'error')) continue;
      const [slug = '', own] = part.tool.split('__');
      // Without a usage record no service was asked.
      if (own !== undefined && part.usageId !== null && !isTrusted(slug)) found.add(slug);
    }
  }
  return found;
}
