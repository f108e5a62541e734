import { scanObject, type MemberSpan, type ObjectScan } from '../../kernel/json-scan.ts';

const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COMMA = 0x2c;
const NULL = Buffer.from('null');

/** Says of the object with these members, found in these bytes, whether clients take it. */
type IsSound = (bytes: Buffer, members: ObjectScan['members']) => boolean;

/** True for a list of such objects; nothing in it is parsed. Throws SyntaxError on broken bytes. */
export function isSoundList(bytes: Buffer, isSound: IsSound): boolean {
  if (bytes[0] !== OPEN_BRACKET) return false;
  let at = skipBlank(bytes, 1);
  if (bytes[at] === CLOSE_BRACKET) return true;
  for (;;) {
    if (bytes[at] !== OPEN_BRACE) return false;
    const { members, end } = scanObject(bytes, at);
    if (!isSound(bytes, members)) return false;
    at = skipBlank(bytes, end);
    if (bytes[at] === CLOSE_BRACKET) return true;
    if (bytes[at] !== COMMA) return false;
    at = skipBlank(bytes, at + 1);
  }
}

/** True for a block of content (MCP, `ContentBlock`). */
export const isSoundBlock: IsSound = (bytes, members) => {
  const type = members.get('type');
  if (type === undefined || hasDoubtful(bytes, members)) return false;
  const { start, end } = type;
  if (isWritten(bytes, start, end, '"text"')) return isText(bytes, members.get('text'));
  if (isWritten(bytes, start, end, '"image"') || isWritten(bytes, start, end, '"audio"')) {
    return isText(bytes, members.get('data')) && isText(bytes, members.get('mimeType'));
  }
  if (isWritten(bytes, start, end, '"resource_link"')) {
    return isText(bytes, members.get('uri')) && isText(bytes, members.get('name'));
  }
  const resource = members.get('resource');
  if (!isWritten(bytes, start, end, '"resource"') || bytes[resource?.start ?? -1] !== OPEN_BRACE) {
    return false;
  }
  return isSoundContents(bytes, scanObject(bytes, resource?.start).members);
};

/** True for what was read of a resource (MCP, `ResourceContents`). */
export const isSoundContents: IsSound = (bytes, members) => {
  if (hasDoubtful(bytes, members) || !isText(bytes, members.get('uri'))) return false;
  const text = members.get('text');
  const blob = members.get('blob');
  if (text === undefined) return isText(bytes, blob);
  return isText(bytes, text) && blob === undefined;
};

/** True for a message of a prompt (MCP, `PromptMessage`). */
export const isSoundMessage: IsSound = (bytes, members) => {
  const role = members.get('role');
  const content = members.get('content');
  if (role === undefined || content === undefined || bytes[content.start] !== OPEN_BRACE) {
    return false;
  }
  const isRole =
    isWritten(bytes, role.start, role.end, '"user"') ||
    isWritten(bytes, role.start, role.end, '"assistant"');
  return isRole && isSoundBlock(bytes, scanObject(bytes, content.start).members);
};

/** Members that few have and that are often wrong: whoever has them is looked at closely. */
function hasDoubtful(bytes: Buffer, members: ObjectScan['members']): boolean {
  for (const [name, span] of members) {
    if (name === 'annotations' || name === 'icons') return true;
    if (bytes[span.start] === 0x6e && isWritten(bytes, span.start, span.end, 'null')) return true;
    if (name === '_meta' && bytes[span.start] !== OPEN_BRACE) return true;
    if (TEXT_MEMBERS.has(name) && bytes[span.start] !== QUOTE) return true;
  }
  return false;
}

const TEXT_MEMBERS: ReadonlySet<string> = new Set(['mimeType', 'title', 'description']);

/** True for the bytes of null. */
export function isNull(bytes: Buffer | undefined): boolean {
  return bytes !== undefined && bytes.length === NULL.length && bytes.equals(NULL);
}

function isText(bytes: Buffer, span: MemberSpan | undefined): boolean {
  return span !== undefined && bytes[span.start] === QUOTE;
}

function isWritten(bytes: Buffer, start: number, end: number, text: string): boolean {
  if (end - start !== text.length) return false;
  for (let at = 0; at < text.length; at++) {
    if (bytes[start + at] !== text.charCodeAt(at)) return false;
  }
  return true;
}

function skipBlank(bytes: Buffer, offset: number): number {
  let at = offset;
  for (;;) {
    const byte = bytes[at];
    if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return at;
    at++;
  }
}
