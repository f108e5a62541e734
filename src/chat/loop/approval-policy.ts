import type { RuledApproval } from '../../gateway/approvals/call-approvals.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';
import type { ChatMessage } from '../conversations/message.ts';
import type { CarriedData } from './data-flow.ts';

/** Whose word it is that a caller's own tools bring; no slug of a service. */
const CALLER = '(caller)';

/** What is known of a call when it is decided whether its user is asked first. */
export interface JudgedCall {
  /** The tool as its service lists it. */
  readonly definition: JsonObject;
  readonly slug: string;
  /** An administrator says that this service is what it says it is. */
  readonly isTrusted: boolean;
  /** What an administrator's rules say; they win in both directions. */
  readonly ruled: RuledApproval;
  /** The user allowed this tool, with this very definition, for the whole conversation. */
  readonly isAlwaysAllowed: boolean;
  /** Services whose answers are in the conversation and may not be believed. */
  readonly taintedBy: ReadonlySet<string>;
  /** What the arguments carry; asked only where it decides. */
  carries(): CarriedData;
}

/** Stands for files of the user, which come from somewhere too, among what is not believed. */
export const FILES = 'a file';

/**
 * Whether somebody is asked before a tool is called. Its annotations are hints of its service:
 * what only reads is called; what destroys, or says nothing of itself, asks; what writes without
 * destroying asks once something that may not be believed was read, since that may have asked for
 * it. A tool that is always allowed asks again when it writes and what was read came from another
 * service: that is a way on which data leaves. Reading is another, for arguments travel too:
 * `readsOut`.
 */
export function needsApproval(call: JudgedCall): boolean {
  const { definition, slug, ruled, isAlwaysAllowed, taintedBy } = call;
  if (ruled === 'exempt') return false;
  if (ruled !== 'open') return true;
  const says = objectMember(definition, 'annotations');
  if (says?.['readOnlyHint'] === true) return readsOut(call);
  const mayDestroy = says?.['destructiveHint'] !== false;
  if (isAlwaysAllowed) return [...taintedBy].some((other) => other !== slug);
  return mayDestroy || taintedBy.size > 0;
}

/**
 * Whether a tool that only reads could be made to carry out what others said, by something that
 * may not be believed. What a trusted service says of its own closed world is taken at its word.
 */
function readsOut({ definition, isTrusted, isAlwaysAllowed, taintedBy, carries }: JudgedCall) {
  if (taintedBy.size === 0) return false;
  const isClosed = objectMember(definition, 'annotations')?.['openWorldHint'] === false;
  if (isTrusted && isClosed) return false;
  const carried = carries();
  return carried === 'foreign' || (carried === 'unknown' && !isAlwaysAllowed);
}

/** Who answered in a branch and may not be believed: services, and files. */
export function taintOf(
  history: readonly ChatMessage[],
  isTrusted: (slug: string) => boolean,
): ReadonlySet<string> {
  const found = new Set<string>();
  for (const { role, parts } of history) {
    for (const part of parts) {
      if (part.type === 'file' && role === 'user') found.add(FILES);
      if (part.type !== 'tool_result' || (part.end !== 'ok' && part.end !== 'error')) continue;
      // What the caller's own tools read comes from nobody knows where.
      if (part.isCallers === true) found.add(CALLER);
      const [slug = '', own] = part.tool.split('__');
      // Without a usage record no service was asked.
      if (own !== undefined && part.usageId !== null && !isTrusted(slug)) found.add(slug);
    }
  }
  return found;
}
