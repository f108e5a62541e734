import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';

/** What in a definition a person does not see or should not trust. */
export interface TextHazard {
  readonly code: 'hidden_unicode' | 'instruction_like_text';
  /** Fit to be shown: what is hidden is spelled out. */
  readonly text: string;
}

/**
 * Characters that show nothing and yet are read by models: tags (U+E0000…), zero-width characters,
 * marks and overrides of the direction, and variation selectors beyond the first sixteen. The
 * joiners of emoji and of scripts that need them are judged by their neighbours below.
 */
const HIDDEN = joined('gu', [
  /\u034F|[\u00AD\u061C\u115F\u1160\u17B4\u17B5\u180B-\u180F\u200B\u200E\u200F\u202A-\u202E]/u,
  /[\u2060-\u206F\u3164\uFEFF\uFFA0\uFFF9-\uFFFB\u{1D173}-\u{1D17A}\u{E0000}-\u{E0FFF}]/u,
]);
/** A joiner between anything but emoji, marks and letters of scripts that join. */
const STRAY_JOINER = new RegExp(
  String.raw`(?<![\p{Extended_Pictographic}\p{M}\p{Emoji_Modifier}\p{Script=Arabic}` +
    String.raw`\p{Script=Devanagari}\p{Script=Bengali}\p{Script=Sinhala}\p{Script=Malayalam}])` +
    String.raw`[\u200C\u200D]`,
  'gu',
);

/** Words that address a model instead of describing a tool. */
const INSTRUCTIONS: readonly RegExp[] = [
  /<\s*\/?\s*(important|system|instructions?|secret|admin|assistant)\b[^<>]{0,60}>/iu,
  /\[\s*\/?\s*(important|system|inst)\b[^[\]]{0,60}\]/iu,
  /<\|\w{2,20}\|>|<<\s*SYS\s*>>/iu,
  inOrder('ignore|disregard|forget|override', 'previous|prior|above|earlier|other|all', [
    'instructions?|rules|prompts?|tools?',
  ]),
  inOrder("do not|don't|never", 'tell|inform|mention|reveal|show|notify|alert', [
    'user|human|anyone|them',
  ]),
  inOrder('when|whenever|if|before|after', 'tools?', ['used|called|invoked', 'must|always|first']),
  inOrder('before|after|when|whenever', 'using|calling|invoking', [
    'you must|always|first',
    'read|call|send|pass|include|fetch',
  ]),
  /\b(system prompt|developer message|chain of thought|conversation history)\b/iu,
  /\b(read|send|include|pass|append)\b.{0,60}(~\/\.|\/etc\/|\.ssh|id_rsa|\.env\b|mcp\.json)/iu,
  inOrder('read|send|include|pass|append', 'credentials?|api keys?', []),
];

/** Words of each list, one after the other and not far apart. */
function inOrder(first: string, second: string, more: readonly string[]): RegExp {
  const lists = [first, second, ...more].map((words) => String.raw`\b(?:${words})\b`);
  return new RegExp(lists.join('.{0,50}'), 'iu');
}

/** One expression for what any of them matches. */
function joined(flags: string, patterns: readonly RegExp[]): RegExp {
  return new RegExp(patterns.map(({ source }) => source).join('|'), flags);
}

const SHOWN_MAX = 5;
const EXCERPT_CHARACTERS = 80;
const SCANNED_CHARACTERS_MAX = 256 * 1024;
const SCANNED_DEPTH_MAX = 64;

/** Looks through every text of a definition. */
export function textHazards(tool: JsonObject): readonly TextHazard[] {
  const texts: string[] = [];
  collectTexts(tool, texts, { left: SCANNED_CHARACTERS_MAX }, 0);
  const all = texts.join('\n');
  const hazards: TextHazard[] = [];
  const hidden = hiddenCharacters(all);
  if (hidden.length > 0) {
    const shown = hidden.slice(0, SHOWN_MAX).join(' ');
    const more = hidden.length > SHOWN_MAX ? ` and ${hidden.length - SHOWN_MAX} more` : '';
    hazards.push({ code: 'hidden_unicode', text: `holds characters nobody sees: ${shown}${more}` });
  }
  // Hidden characters must not hide words from this look either.
  const seen = (text: string): string =>
    text.replace(HIDDEN, '').replace(STRAY_JOINER, '').normalize('NFKC').replaceAll(/\s+/gu, ' ');
  const plain = texts.map(seen).join('\n');
  const found = INSTRUCTIONS.map((one) => one.exec(plain)?.[0]).find((one) => one !== undefined);
  if (found !== undefined) {
    const excerpt = JSON.stringify(found.replace(/\s+/gu, ' ').slice(0, EXCERPT_CHARACTERS));
    hazards.push({
      code: 'instruction_like_text',
      text: `speaks to the model instead of describing the tool: ${excerpt}`,
    });
  }
  return hazards;
}

/** The hidden characters of a text, each once, as `U+200B`. */
export function hiddenCharacters(text: string): readonly string[] {
  const found = [...text.matchAll(HIDDEN), ...text.matchAll(STRAY_JOINER)];
  const codes = found.map(([one]) => one.codePointAt(0) ?? 0);
  return [...new Set(codes)].map((code) => `U+${code.toString(16).toUpperCase().padStart(4, '0')}`);
}

function collectTexts(value: Json, texts: string[], budget: { left: number }, depth: number): void {
  if (budget.left <= 0 || depth > SCANNED_DEPTH_MAX) return;
  if (typeof value === 'string') {
    texts.push(value.slice(0, budget.left));
    budget.left -= value.length;
  } else if (Array.isArray(value)) {
    for (const item of value as readonly Json[]) collectTexts(item, texts, budget, depth + 1);
  } else if (isJsonObject(value)) {
    for (const [name, member] of Object.entries(value)) {
      texts.push(name);
      budget.left -= name.length;
      collectTexts(member, texts, budget, depth + 1);
    }
  }
}
