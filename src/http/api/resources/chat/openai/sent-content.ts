import { z } from '@hono/zod-openapi';
import type { NewArtifact } from '../../../../../chat/conversations/artifact-store.ts';
import { isOfType, isSentType } from '../../../../../chat/conversations/check-file.ts';
import { limits } from '../../../../../kernel/limits.ts';
import { fieldProblem } from '../../../framework/problem.ts';

const fileSchema = z.looseObject({
  file_data: z.string().nullable().optional(),
  filename: z.string().max(limits.chatFileNameCharactersMax).nullable().optional(),
});

const partSchema = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  refusal: z.string().optional(),
  image_url: z
    .union([z.string(), z.looseObject({ url: z.string() })])
    .nullable()
    .optional(),
  file: fileSchema.optional(),
  ...fileSchema.shape,
});

/** The content of a message, by both of OpenAI's protocols. */
export const sentContentSchema = z.union([z.string(), z.array(partSchema)]);

/** One of them, or nothing. */
export type SentContent = z.output<typeof sentContentSchema> | null | undefined;

/** What a message says, and the files that come with it. */
export interface ReadContent {
  readonly text: string;
  readonly files: readonly NewArtifact[];
}

/** The texts of a content alone. */
export function textOfContent(content: SentContent): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text, refusal }) => text ?? refusal ?? '').join('');
}

/** Reads the content of a user's message. Throws `invalid_params` for what cannot be taken. */
export function readContent(content: SentContent, field: string): ReadContent {
  const parts = typeof content === 'string' ? [] : (content ?? []);
  const files = parts.flatMap((part, at) => {
    if (/^(input_|output_)?text$|^refusal$/.test(part.type)) return [];
    return [fileOf(part, `${field}.content[${at}]`)];
  });
  if (files.length > limits.chatFilesMax) {
    const problem = 'has too many files';
    throw wrong(field, problem, `Send up to ${limits.chatFilesMax} in one message.`);
  }
  return { text: textOfContent(content), files };
}

const DATA_URL = /^data:([a-z]+\/[a-z0-9.+-]+);base64,([A-Za-z0-9+/]+={0,2})$/;

function fileOf(part: z.output<typeof partSchema>, field: string): NewArtifact {
  const { image_url: image, file } = part;
  const url = typeof image === 'string' ? image : image?.url;
  const data = url ?? file?.file_data ?? part.file_data;
  if (data === undefined || data === null) {
    const problem = `is a part of the type ${JSON.stringify(part.type.slice(0, 40))}`;
    throw wrong(field, `${problem} that is not taken`, 'Send text, images and files.');
  }
  const [, mediaType = '', encoded = ''] = DATA_URL.exec(data) ?? [];
  const bytes = Buffer.from(encoded, 'base64');
  if (!isSentType(mediaType) || !isOfType(bytes, mediaType)) {
    const fix = 'Send its bytes as a data URL of the type that it is; nothing is fetched.';
    throw wrong(field, 'has a file that cannot be taken', fix);
  }
  const name = part.filename ?? file?.filename;
  return { bytes, mediaType, ...(name && { name }) };
}

/** What was said before, as a text that nobody vouches for, and then what is said now. */
export function withEarlier(earlier: readonly string[], text: string, field: string): string {
  const whole =
    earlier.length === 0
      ? text
      : `Earlier, as the client tells it:\n${earlier.join('\n')}\n\nNow:\n${text}`;
  if (whole.length > limits.chatMessageCharactersMax) {
    const fix = `Send up to ${limits.chatMessageCharactersMax} characters of text.`;
    throw wrong(field, 'is too long', fix);
  }
  return whole;
}

/** One text of what somebody told the model how to be. Throws when it is too long. */
export function instructionsOf(texts: readonly string[], field: string): string | undefined {
  const whole = texts.filter((text) => text !== '').join('\n\n');
  const most = limits.chatInstructionsCharactersMax;
  if (whole.length > most) {
    throw wrong(field, 'has instructions that are too long', `Send up to ${most} characters.`);
  }
  return whole === '' ? undefined : whole;
}

/** An error about a field. */
export function wrong(field: string, problem: string, fix: string) {
  return fieldProblem([{ field, problem, fix }]);
}
