import { randomBytes } from 'node:crypto';
import { isJsonObject, type Json } from '../../../kernel/json.ts';
import { ArgumentError } from '../../../upstream/argument-error.ts';
import { isBinaryType, isJsonType, isXmlType } from '../text/choose-media-type.ts';
import { decodeBytes } from './decode-bytes.ts';
import { expandPairs, primitiveText } from './expand-value.ts';
import type { PartPlan } from '../model/request-plan.ts';
import { writeXml } from './write-xml.ts';

/** The bytes of a multipart body and the boundary between its parts. */
export interface Multipart {
  readonly boundary: string;
  readonly bytes: Buffer;
}

interface Part {
  readonly name: string;
  readonly contentType: string | undefined;
  readonly fileName: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
}

const PLAIN: PartPlan = {
  binary: false,
  repeated: false,
  contentType: undefined,
  serialization: undefined,
  headers: {},
};

const BOUNDARY_BYTES = 16;

/** Writes an object's properties as parts (RFC 7578); arrays become one part per item. */
export function writeMultipart(
  argument: string,
  value: Json,
  plans: Readonly<Record<string, PartPlan>>,
  formData: boolean,
): Multipart {
  const parts = isJsonObject(value)
    ? Object.entries(value).flatMap(([name, inner]) => partsOf(argument, name, inner, plans))
    : Array.isArray(value)
      ? (value as readonly Json[]).map((item) => partOf(`${argument}[]`, '', item, PLAIN))
      : undefined;
  if (parts === undefined) {
    throw new ArgumentError(argument, 'must be an object whose properties are the parts');
  }
  const boundary = `----gateway-${randomBytes(BOUNDARY_BYTES).toString('hex')}`;
  const chunks = parts.flatMap((part) => [
    Buffer.from(`--${boundary}\r\n${head(part, formData)}\r\n`),
    part.bytes,
    Buffer.from('\r\n'),
  ]);
  return { boundary, bytes: Buffer.concat([...chunks, Buffer.from(`--${boundary}--\r\n`)]) };
}

function partsOf(
  argument: string,
  name: string,
  value: Json,
  plans: Readonly<Record<string, PartPlan>>,
): readonly Part[] {
  const plan = Object.hasOwn(plans, name) ? (plans[name] ?? PLAIN) : PLAIN;
  if (value === null) return [];
  if (plan.serialization !== undefined && !plan.binary) {
    return styledParts(name, value, plan);
  }
  const items = Array.isArray(value) ? (value as readonly Json[]) : [value];
  return items
    .filter((item) => item !== null)
    .map((item) => partOf(`${argument}.${name}`, name, item, plan));
}

/** A part with a style is written like a query parameter, without percent-encoding. */
function styledParts(name: string, value: Json, plan: PartPlan): readonly Part[] {
  const rules = plan.serialization;
  if (rules === undefined) return [];
  return expandPairs(name, value, rules).map((pair) => {
    const equals = pair.indexOf('=');
    const text = decodeURIComponent(pair.slice(equals + 1));
    return {
      name: decodeURIComponent(pair.slice(0, equals)),
      contentType: undefined,
      fileName: undefined,
      headers: plan.headers,
      bytes: Buffer.from(text),
    };
  });
}

function partOf(argument: string, name: string, value: Json, plan: PartPlan): Part {
  const { contentType, headers } = plan;
  const bytesType = contentType !== undefined && isBinaryType(contentType);
  if (plan.binary || bytesType) {
    const decoded = decodeBytes(argument, value);
    const type = decoded.mediaType ?? contentType ?? 'application/octet-stream';
    return {
      name,
      contentType: type,
      fileName: decoded.fileName ?? (name === '' ? 'file' : name),
      headers,
      bytes: decoded.bytes,
    };
  }
  const structured = typeof value === 'object' && value !== null;
  const type = contentType ?? (structured ? 'application/json' : undefined);
  const text =
    type !== undefined && isXmlType(type) && structured
      ? writeXml(value, undefined)
      : type !== undefined && isJsonType(type)
        ? JSON.stringify(value)
        : primitiveText(value);
  return { name, contentType: type, fileName: undefined, headers, bytes: Buffer.from(text) };
}

function head(part: Part, formData: boolean): string {
  const lines: string[] = [];
  if (formData) {
    const file = part.fileName === undefined ? '' : `; filename="${quoted(part.fileName)}"`;
    lines.push(`Content-Disposition: form-data; name="${quoted(part.name)}"${file}`);
  }
  if (part.contentType !== undefined) lines.push(`Content-Type: ${oneLine(part.contentType)}`);
  for (const [name, value] of Object.entries(part.headers)) {
    if (/^[A-Za-z0-9-]+$/.test(name)) lines.push(`${name}: ${oneLine(value)}`);
  }
  return lines.map((line) => `${line}\r\n`).join('');
}

/** RFC 7578 §4.2 as HTML writes it: quotes and line breaks are percent-encoded. */
const quoted = (text: string): string =>
  text.replace(/["\r\n]/g, (char) => encodeURIComponent(char));

const oneLine = (text: string): string => text.replace(/[\u0000-\u001F\u007F]/g, ' ');
