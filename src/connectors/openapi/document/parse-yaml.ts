import {
  Composer,
  Lexer,
  Parser,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type CST,
  type Document,
  type Scalar,
} from 'yaml';
import type { Json } from '../../../kernel/json.ts';
import { exactNumber } from '../../../kernel/numbers/exact-json.ts';

/** Bounds of one YAML text. */
export interface YamlLimits {
  readonly depthMax: number;
  /** Nodes that all aliases together may stand for. */
  readonly aliasesMax: number;
  readonly timeMs: number;
}

/** A parsed YAML text and what was tolerated in it. */
export interface YamlResult {
  readonly value: Json;
  readonly warnings: readonly string[];
}

const LEXEMES_PER_CHECK = 4096;
const WARNINGS_MAX = 20;

/** Parses one YAML document. Throws Error with a readable text on anything it does not accept. */
export function parseYaml(source: string, limits: YamlLimits): YamlResult {
  const document = compose(source, performance.now() + limits.timeMs);
  const warnings: string[] = [];
  checkNodes(document, limits, warnings);
  const problem = document.errors[0];
  if (problem !== undefined) {
    const before = source.slice(0, problem.pos[0]);
    const place = `line ${before.split('\n').length}`;
    throw new Error(`not valid YAML at ${place}: ${problem.message.slice(0, 300)}`);
  }
  const tag = document.warnings[0];
  if (tag !== undefined) throw new Error(`not plain YAML: ${tag.message.slice(0, 300)}`);
  const value = document.toJS({ maxAliasCount: limits.aliasesMax + 1 }) as Json;
  return { value, warnings };
}

/** Lexing takes longest; it is driven step by step so that it can be stopped. */
function compose(source: string, deadlineMs: number): Document.Parsed {
  const lexer = new Lexer();
  const parser = new Parser();
  const composer = new Composer({
    uniqueKeys: false,
    prettyErrors: false,
    keepSourceTokens: false,
    merge: true,
    logLevel: 'silent',
  });
  const documents: Document.Parsed[] = [];
  const take = (tokens: Iterable<CST.Token>): void => {
    for (const token of tokens) for (const made of composer.next(token)) documents.push(made);
  };
  let count = 0;
  for (const lexeme of lexer.lex(source)) {
    take(parser.next(lexeme));
    count += 1;
    if (count % LEXEMES_PER_CHECK === 0 && performance.now() > deadlineMs) {
      throw new Error('the YAML takes too long to read');
    }
  }
  take(parser.end());
  for (const made of composer.end(true, source.length)) documents.push(made);
  const [document] = documents;
  if (document === undefined || documents.length > 1) {
    throw new Error('the text must hold exactly one YAML document');
  }
  return document;
}

function checkNodes(document: Document.Parsed, limits: YamlLimits, warnings: string[]): void {
  let aliases = 0;
  const visit = (node: unknown, depth: number): void => {
    if (depth > limits.depthMax) throw new Error(`nested deeper than ${limits.depthMax} levels`);
    if (isScalar(node)) {
      keepDigits(node);
    } else if (isAlias(node)) {
      aliases += 1;
      if (aliases > limits.aliasesMax) throw new Error(`more than ${limits.aliasesMax} aliases`);
    } else if (isSeq(node)) {
      for (const item of node.items) visit(item, depth + 1);
    } else if (isMap(node)) {
      const keys = new Set<unknown>();
      for (const pair of node.items) {
        const value = isScalar(pair.key) ? pair.key.value : undefined;
        const key = typeof value === 'string' || typeof value === 'number' ? value : undefined;
        if (key !== undefined && key !== '<<') {
          if (keys.has(key) && warnings.length < WARNINGS_MAX) {
            warnings.push(
              `the key "${String(key).slice(0, 80)}" stands twice; the last one counts`,
            );
          }
          keys.add(key);
        }
        visit(pair.key, depth + 1);
        visit(pair.value, depth + 1);
      }
    }
  };
  visit(document.contents, 0);
}

const DECIMAL = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const BASED = /^0[xo][\dA-Fa-f]+$/;

/** A number that would lose digits becomes the text of its digits, as in `parseExactJson`. */
function keepDigits(node: Scalar): void {
  const { source, value } = node;
  if (typeof value !== 'number' || source === undefined) return;
  const digits = BASED.test(source) ? String(BigInt(source)) : source.replace(/^\+/, '');
  if (DECIMAL.test(digits)) node.value = exactNumber(digits);
}
