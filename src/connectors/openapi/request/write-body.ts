import { isJsonObject, type Json } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { ArgumentError } from '../../../upstream/argument-error.ts';
import { essence } from '../text/choose-media-type.ts';
import { decodeBytes } from './decode-bytes.ts';
import { expandPairs, primitiveText } from './expand-value.ts';
import { readJsonText } from './json-text.ts';
import type { BodyPlan, PartPlan } from '../model/request-plan.ts';
import type { Serialization } from '../model/operation-source.ts';
import { percentEncode } from './percent-encode.ts';
import { writeMultipart } from './write-multipart.ts';
import { writeXml } from './write-xml.ts';

/** A body ready to be sent. */
export interface WrittenBody {
  readonly contentType: string;
  readonly bytes: Buffer;
}

const REPEATED: Serialization = { style: 'form', explode: true, allowReserved: false };
const RECORD_SEPARATOR = '\u001E';

/** Writes the body argument in its media type. */
export function writeBody(plan: BodyPlan, input: Json): WrittenBody {
  const argument = plan.argument ?? 'body';
  const value = readJsonText(input, plan.acceptsText);
  const written = encode(plan, argument, value);
  if (written.bytes.byteLength > limits.toolRequestBodyBytesMax) {
    throw new ArgumentError(argument, `is larger than ${limits.toolRequestBodyBytesMax} bytes`);
  }
  return written;
}

function encode(plan: BodyPlan, argument: string, value: Json): WrittenBody {
  const text = (content: string): WrittenBody => ({
    contentType: plan.mediaType,
    bytes: Buffer.from(content),
  });
  switch (plan.kind) {
    case 'json':
      return text(JSON.stringify(value));
    case 'json-lines':
      return text(
        items(value)
          .map((item) => `${JSON.stringify(item)}\n`)
          .join(''),
      );
    case 'json-sequence':
      return text(
        items(value)
          .map((item) => `${RECORD_SEPARATOR}${JSON.stringify(item)}\n`)
          .join(''),
      );
    case 'form':
      return text(writeForm(argument, value, plan.parts));
    case 'xml':
      return text(typeof value === 'string' ? value : writeXml(value, plan.xml));
    case 'text':
      return text(primitiveText(value));
    case 'binary': {
      const { bytes, mediaType } = decodeBytes(argument, value);
      return { contentType: mediaType ?? plan.mediaType, bytes };
    }
    case 'multipart': {
      const name = essence(plan.mediaType);
      const formData = name === 'multipart/form-data';
      const { boundary, bytes } = writeMultipart(argument, value, plan.parts, formData);
      return { contentType: `${name}; boundary=${boundary}`, bytes };
    }
  }
}

/** Writes `application/x-www-form-urlencoded`; structures without a style are written as JSON. */
export function writeForm(
  argument: string,
  value: Json,
  parts: Readonly<Record<string, PartPlan>>,
): string {
  if (typeof value === 'string') return value;
  if (!isJsonObject(value)) {
    throw new ArgumentError(argument, 'must be an object whose properties are the form fields');
  }
  const pairs = Object.entries(value).flatMap(([name, inner]) => {
    const plan = Object.hasOwn(parts, name) ? parts[name] : undefined;
    if (plan?.serialization !== undefined) return expandPairs(name, inner, plan.serialization);
    if (isJsonObject(inner))
      return [`${percentEncode(name)}=${percentEncode(JSON.stringify(inner))}`];
    return expandPairs(name, inner, REPEATED);
  });
  return pairs.join('&');
}

const items = (value: Json): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [value];
