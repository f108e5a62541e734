import { limits } from '../../kernel/limits.ts';
import type { ChatMessage } from '../conversations/message.ts';

/**
 * An address in an answer that would carry something out when it is loaded or followed. `image`:
 * whoever renders the answer loads it unasked. `link`: the model made the address up itself; those
 * that the user or a tool said word for word carry nothing new.
 */
export interface OutwardLink {
  readonly kind: 'image' | 'link';
  readonly url: string;
}

const URL_TEXT = String.raw`(?:[a-z][a-z0-9+.-]{0,20}:)?//[^\s"'<>)\]]+|data:[^\s"'<>)\]]+`;
const QUOTE = String.raw`\s{0,9}["']?\s{0,9}`;
/** Every repetition has an end: answers are long, and their authors not always friendly. */
const loaded = (before: string): RegExp => new RegExp(`${before}(${URL_TEXT})`, 'giu');
/** What Markdown, HTML and style sheets load by themselves. */
const LOADED: readonly RegExp[] = [
  loaded(String.raw`!\[[^\]]{0,200}\]\(\s{0,9}<?`),
  loaded(String.raw`\b(?:src|srcset|poster|background|data|action|formaction)\s{0,9}=${QUOTE}`),
  loaded(String.raw`<(?:link|image|use|base|object|embed)\b[^>]{0,200}?href\s{0,9}=${QUOTE}`),
  loaded(String.raw`(?:url|image-set)\(${QUOTE}`),
  loaded(String.raw`@import\s{1,9}["']\s{0,9}`),
];
const REFERENCED = /!\[([^\]]{0,200})\](?:\[([^\]]{0,200})\])?(?!\()/gu;
const DEFINED = new RegExp(String.raw`^\s{0,3}\[([^\]]{1,200})\]:\s{0,9}<?(${URL_TEXT})`, 'gimu');
const ANY = new RegExp(String.raw`(?<![\w:])(?:https?:)?//[^\s"'<>)\]]+`, 'giu');
const SCANNED_CHARACTERS_MAX = 256 * 1024;
const LOOKED_UP_MAX = 200;
const URL_CHARACTERS = 200;

/** The addresses of an answer that are worth a warning, each once. */
export function outwardLinks(
  whole: string,
  history: readonly ChatMessage[],
): readonly OutwardLink[] {
  if (!whole.includes('//')) return [];
  const answer = whole.slice(0, SCANNED_CHARACTERS_MAX);
  const found = new Map<string, OutwardLink['kind']>();
  for (const url of imagesIn(answer)) {
    if (!url.startsWith('data:')) found.set(url, 'image');
  }
  const links = [...answer.matchAll(ANY)].map(([url]) => url.replace(/[.,;:!?*_]+$/u, ''));
  const fresh = links.filter((url) => !found.has(url)).slice(0, LOOKED_UP_MAX);
  if (fresh.length > 0) {
    const said = textSaid(history);
    for (const url of fresh) if (!said.includes(url)) found.set(url, 'link');
  }
  const all = [...found].map(([url, kind]) => ({ url: url.slice(0, URL_CHARACTERS), kind }));
  return all.slice(0, limits.chatOutwardLinksMax);
}

/** The same for a person, in one sentence; undefined for none. */
export function outwardNote(links: readonly OutwardLink[]): string | undefined {
  const [first] = links;
  if (first === undefined) return undefined;
  const images = links.filter(({ kind }) => kind === 'image').length;
  const what = [
    ...(images > 0 ? [`${images} images from outside, which may tell others what is in them`] : []),
    ...(links.length > images ? [`${links.length - images} links that nobody gave`] : []),
  ];
  return `The answer holds ${what.join(' and ')}: the first is ${first.url}`;
}

function imagesIn(answer: string): readonly string[] {
  const direct = LOADED.flatMap((one) => [...answer.matchAll(one)].map(([, url = '']) => url));
  const wanted = new Set(
    [...answer.matchAll(REFERENCED)].map(([, text = '', name = '']) =>
      (name === '' ? text : name).toLowerCase(),
    ),
  );
  const referenced = [...answer.matchAll(DEFINED)].flatMap(([, name = '', url = '']) =>
    wanted.has(name.toLowerCase()) ? [url] : [],
  );
  return [...direct, ...referenced];
}

/** What users and tools said. */
function textSaid(history: readonly ChatMessage[]): string {
  const texts = history.flatMap(({ role, parts }) =>
    parts.flatMap((part) => {
      if (part.type === 'text' && role === 'user') return [part.text];
      if (part.type !== 'tool_result') return [];
      return part.content.flatMap((one) => (one.type === 'text' ? [one.text] : []));
    }),
  );
  return texts.join('\n');
}
