/** What a question asks for: a read, a change, or neither for certain. */
export type QueryIntent = 'read' | 'change' | undefined;

const POLITE = /^(?:please|i want to|i would like to|i'd like to|can you|could you|help me)\s+/i;
const READS = new RegExp(
  '^(?:list|get|fetch|retrieve|show|read|find|search|look|query|view|display|browse|check|count|' +
    'compare|download|see|tell|give|who|whose|what|which|how|where|when|is|are|has|have|does|do|' +
    'my)\\b',
  'i',
);
/** A verb with an object; "license of" is none. */
const CHANGES = new RegExp(
  '^\\p{L}+ (?:an?|the|my|our|your|his|her|their|this|that|these|those|some|somebody|someone|' +
    'people|all|new|me|it|up|out|off|on|to|for|with|and)\\b',
  'iu',
);

/** Classifies a question in English by its first words. */
export function queryIntent(query: string): QueryIntent {
  const plain = query.trim().replace(POLITE, '');
  if (READS.test(plain)) return 'read';
  return CHANGES.test(plain) ? 'change' : undefined;
}
