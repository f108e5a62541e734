import { isJsonObject, objectMember, stringMember } from '../../kernel/json.ts';
import type { Json, JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { NewArtifact } from '../conversations/artifact-store.ts';
import type { FilePart, TextPart, ToolResultPart } from '../conversations/message.ts';
import { decodeBase64, EncodedBytes } from './encoded-bytes.ts';
import { READ_RESULT } from './read-result.ts';

/** Keeps bytes as an artifact of the conversation; its id. */
export type KeepArtifact = (artifact: NewArtifact) => Promise<string>;

/**
 * What a model is shown of a tool's result (2026-07-28 server/tools, "Tool Result"): texts as
 * texts, bytes as files by name and never as text, and of a long text a preview with the name of
 * the whole. `mark` names what is kept.
 */
export async function toolContent(
  result: JsonObject,
  mark: string,
  keep: KeepArtifact,
): Promise<ToolResultPart['content']> {
  const reader = new ContentReader(mark, keep);
  const parts = Array.isArray(result['content']) ? (result['content'] as Json[]) : [];
  const { chatResultPartsMax: partsMax } = limits;
  for (const part of parts.slice(0, partsMax)) if (isJsonObject(part)) await reader.read(part);
  if (parts.length > partsMax) reader.say(`[${parts.length - partsMax} further parts left out]`);
  const { structuredContent } = result;
  if (structuredContent !== undefined) reader.readStructured(structuredContent);
  return await reader.whole();
}

/** A text as a model is shown it: of a long one a preview, and where the whole can be read. */
export async function shownText(text: string, mark: string, keep: KeepArtifact): Promise<TextPart> {
  if (text.length <= limits.chatResultCharactersMax) return { type: 'text', text };
  const preview = text.slice(0, limits.chatPreviewCharactersMax);
  const kept = { bytes: Buffer.from(text), mediaType: 'text/plain', name: `result-${mark}.txt` };
  let rest: string;
  try {
    const id = await keep(kept);
    rest = `${READ_RESULT} with id "${id}" and offset ${preview.length} reads on`;
  } catch {
    rest = 'the rest could not be kept';
  }
  return { type: 'text', text: `${preview}\n[… ${text.length} characters in all; ${rest}]` };
}

class ContentReader {
  readonly #mark: string;
  readonly #keep: KeepArtifact;
  readonly #texts: string[] = [];
  readonly #files: FilePart[] = [];
  readonly #encoded = new EncodedBytes();

  constructor(mark: string, keep: KeepArtifact) {
    this.#mark = mark;
    this.#keep = keep;
  }

  say(text: string): void {
    if (text !== '') this.#texts.push(text);
  }

  async read(part: JsonObject): Promise<void> {
    const type = stringMember(part, 'type') ?? '';
    switch (type) {
      case 'text':
        return await this.#readText(stringMember(part, 'text') ?? '');
      case 'image':
      case 'audio':
        return await this.#readBytes(part['data'], stringMember(part, 'mimeType'), undefined);
      case 'resource':
        return await this.#readResource(objectMember(part, 'resource') ?? {});
      case 'resource_link':
        return this.say(linkText(part));
      default:
        return this.say(`[content of the type ${JSON.stringify(type.slice(0, 40))} left out]`);
    }
  }

  /** What is said in texts already (as the specification asks of servers) is not said again. */
  readStructured(structured: Json): void {
    const text = JSON.stringify(this.#encoded.without(structured));
    const isSaid = this.#texts.some((one) => sameJson(one, text));
    if (!isSaid) this.say(text);
  }

  async whole(): Promise<ToolResultPart['content']> {
    const text = this.#texts.join('\n');
    if (text === '' && this.#files.length > 0) return this.#files;
    const shown = text === '' ? '[the tool answered nothing]' : text;
    return [await shownText(shown, this.#mark, this.#keep), ...this.#files];
  }

  async #readText(text: string): Promise<void> {
    const file = this.#encoded.ofDataUri(text);
    if (file !== undefined) return await this.#keepFile(file, undefined);
    this.say(this.#encoded.withoutInText(text));
  }

  async #readResource(resource: JsonObject): Promise<void> {
    const uri = stringMember(resource, 'uri') ?? '';
    const text = stringMember(resource, 'text');
    if (text !== undefined) {
      this.say(`[resource ${uri}]`);
      return await this.#readText(text);
    }
    await this.#readBytes(resource['blob'], stringMember(resource, 'mimeType'), uri);
  }

  async #readBytes(data: Json | undefined, type: string | undefined, uri: string | undefined) {
    const bytes = typeof data === 'string' ? decodeBase64(data) : undefined;
    if (bytes === undefined) return this.say('[a file that is not valid base64 left out]');
    this.#encoded.note(data as string);
    const mediaType = /^[\w.+-]+\/[\w.+-]+$/.test(type ?? '') ? (type as string) : undefined;
    await this.#keepFile({ bytes, mediaType: mediaType ?? 'application/octet-stream' }, uri);
  }

  async #keepFile(file: NewArtifact, uri: string | undefined): Promise<void> {
    const { mediaType, bytes } = file;
    const what = `${mediaType} of ${bytes.length} bytes`;
    if (this.#files.length >= limits.chatResultFilesMax) {
      return this.say(`[a further file, ${what}, left out]`);
    }
    const name = uri?.split('/').at(-1)?.slice(0, limits.chatFileNameLengthMax);
    try {
      const artifactId = await this.#keep(name ? { ...file, name } : file);
      this.#files.push({ type: 'file', mediaType, artifactId, ...(name ? { name } : {}) });
    } catch {
      this.say(`[a file, ${what}, could not be kept]`);
    }
  }
}

function linkText(part: JsonObject): string {
  const [uri = '', name = '', type = ''] = ['uri', 'name', 'mimeType'].map((member) =>
    stringMember(part, member),
  );
  return `[resource ${JSON.stringify(name)} at ${uri}${type === '' ? '' : `, ${type}`}]`;
}

function sameJson(text: string, written: string): boolean {
  if (!/^\s*[[{]/.test(text)) return text === written;
  try {
    return JSON.stringify(JSON.parse(text)) === written;
  } catch {
    return false;
  }
}
