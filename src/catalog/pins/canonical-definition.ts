import { createHash } from 'node:crypto';
import { canonicalJson } from '../../kernel/canonical-json.ts';
import type { JsonObject } from '../../kernel/json.ts';

/** What a tool says that a model reads or that binds a call. */
export const definitionMembers = [
  'name',
  'title',
  'description',
  'inputSchema',
  'outputSchema',
  'annotations',
] as const;

/** A definition in its canonical form, and that form's digest. */
export interface CanonicalDefinition {
  /** JSON text: the members above alone, all members in the order of their names. */
  readonly text: string;
  /** SHA-256 of the text, hexadecimal. */
  readonly hash: string;
}

/** The canonical form of a tool's definition; undefined when it nests too deeply to be written. */
export function canonicalDefinition(tool: JsonObject): CanonicalDefinition | undefined {
  const kept = definitionMembers.flatMap((member) =>
    tool[member] === undefined ? [] : [[member, tool[member]] as const],
  );
  let text: string;
  try {
    text = canonicalJson(Object.fromEntries(kept));
  } catch (error) {
    // The stack's end is the only bound on nesting that every tool of a list is under.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
  return { text, hash: createHash('sha256').update(text).digest('hex') };
}
