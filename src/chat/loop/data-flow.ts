import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { ChatMessage } from '../conversations/message.ts';

/**
 * What the arguments of a call would carry to its service, and so possibly out of the tenant:
 * nothing that its user or this very service did not say (`none`), words or an address that nobody
 * is known to have said (`unknown`), or what another service or a file said (`foreign`).
 */
export type CarriedData = 'none' | 'unknown' | 'foreign';

/** Who said what in a branch; read once for all calls of a step. */
export interface DataFlow {
  carriedBy(given: JsonObject, to: CarriedTo): CarriedData;
}

/** Where arguments go. */
export interface CarriedTo {
  readonly slug: string;
  readonly definition: JsonObject;
}

/** Texts of one origin. */
interface Said {
  readonly text: string;
  readonly words: ReadonlySet<string>;
}

const WORD = /[\p{L}\p{N}]+/gu;
/** Scripts that put no space between words. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}]/u;
/** Where something could be sent: a URL, a mail address, a name of a host or a file. */
const ADDRESS = /:\/\/|^\/\/|@|[\p{L}\p{N}]\.\p{L}{2,}|^\d{1,3}(?:\.\d{1,3}){3}/u;
const EDGES = /^[\s"'<([{]+|[\s"'>)\]},;:!?.]+$/gu;

/** Reads a branch when it is first asked about. */
export function readDataFlow(history: readonly ChatMessage[]): DataFlow {
  let origins: ReturnType<typeof originsIn> | undefined;
  return {
    carriedBy: (given, to) => {
      origins ??= originsIn(history);
      return carried(given, to, origins);
    },
  };
}

interface Origins {
  readonly user: Said;
  /** By slug; what the gateway's own tools read again belongs to nobody and is under ''. */
  readonly services: ReadonlyMap<string, Said>;
  readonly hasFiles: boolean;
}

function originsIn(history: readonly ChatMessage[]): Origins {
  const user: string[] = [];
  const services = new Map<string, string[]>();
  let hasFiles = false;
  for (const { role, parts } of history) {
    for (const part of parts) {
      if (role === 'user' && part.type === 'text') user.push(part.text);
      if (role === 'user' && part.type === 'file') hasFiles = true;
      if (part.type !== 'tool_result') continue;
      // What callers' own tools bring is of no service, whatever they are called.
      const slug = part.isCallers === true ? '' : slugOf(part.tool);
      const texts = services.get(slug) ?? [];
      services.set(slug, texts);
      for (const one of part.content) if (one.type === 'text') texts.push(one.text);
    }
  }
  const said = [...services].map(([slug, texts]) => [slug, saidBy(texts)] as const);
  return { user: saidBy(user), services: new Map(said), hasFiles };
}

function carried(given: JsonObject, to: CarriedTo, origins: Origins): CarriedData {
  const { texts, names, smallValues } = leavesOf(given);
  const schema = leavesOf(to.definition);
  const words = [...texts, ...names].flatMap(wordsIn);
  // So much is no question to a service; looking it all up would hold up everything else.
  if (Math.max(words.length, texts.length) > limits.chatJudgedWordsMax) return 'foreign';
  const own = origins.services.get(to.slug) ?? saidBy([]);
  const defined = saidBy([...schema.texts, ...schema.names]);
  const others = [...origins.services].filter(([slug]) => slug !== to.slug);
  const isAlone = others.length === 0 && !origins.hasFiles;
  const known = [origins.user, own, defined];
  const unknownOf = (some: readonly string[]): readonly string[] =>
    some.filter((word) => !known.some((one) => says(one, word)));
  const judge = (unknown: readonly string[]): CarriedData => {
    if (unknown.length === 0) return smallValues <= limits.chatSmallValuesMax ? 'none' : 'unknown';
    const isForeign = unknown.some((word) => others.some(([, said]) => says(said, word)));
    return isForeign ? 'foreign' : 'unknown';
  };
  // What the service itself wrote tells it nothing new, whatever else is in the conversation.
  if (texts.every((leaf) => own.text.includes(leaf))) {
    return isAlone ? 'none' : judge(unknownOf(names.flatMap(wordsIn)));
  }
  const verdict = judge(unknownOf(words));
  const isToldAddress = (chunk: string): boolean => origins.user.text.includes(chunk);
  const isUntold = ![...texts, ...names].flatMap(addressesIn).every(isToldAddress);
  if (isAlone) return isUntold ? 'unknown' : 'none';
  return isUntold && verdict === 'none' ? 'unknown' : verdict;
}

interface Leaves {
  readonly texts: readonly string[];
  /** Of members. */
  readonly names: readonly string[];
  /** Small whole numbers and truth values: many of them together say something. */
  readonly smallValues: number;
}

function leavesOf(value: JsonObject): Leaves {
  const texts: string[] = [];
  const names: string[] = [];
  let smallValues = 0;
  const collect = (one: Json, depth: number): void => {
    if (depth > limits.jsonDepthMax) return;
    if (typeof one === 'string') texts.push(plain(one));
    else if (typeof one === 'number' && !isSmall(one)) texts.push(String(one));
    else if (one === null || typeof one !== 'object') smallValues += 1;
    else if (isJsonObject(one)) {
      names.push(...Object.keys(one).map(plain));
      for (const member of Object.values(one)) collect(member, depth + 1);
    } else for (const item of one) collect(item, depth + 1);
  };
  collect(value, 0);
  return { texts, names, smallValues };
}

const isSmall = (value: number): boolean => Number.isInteger(value) && Math.abs(value) < 1_000;

function addressesIn(leaf: string): readonly string[] {
  return leaf
    .split(/[\s,;|"'<>()]+/u)
    .map((chunk) => chunk.replaceAll(EDGES, ''))
    .filter((chunk) => ADDRESS.test(chunk));
}

function says({ text, words }: Said, word: string): boolean {
  return words.has(word) || (UNSPACED.test(word) && text.includes(word));
}

function saidBy(texts: readonly string[]): Said {
  const text = plain(texts.join('\n'));
  return { text, words: new Set(wordsIn(text)) };
}

function wordsIn(text: string): readonly string[] {
  return (text.match(WORD) ?? []).map(rooted);
}

/** Number and tense of a word tell nobody anything. */
function rooted(word: string): string {
  return word.length > 4 ? word.replace(/(?:'s|es|s|ed|ing)$/u, '') : word;
}

function plain(text: string): string {
  return text.normalize('NFKC').toLowerCase();
}

function slugOf(tool: string): string {
  const [slug = '', own] = tool.split('__');
  return own === undefined ? '' : slug;
}
