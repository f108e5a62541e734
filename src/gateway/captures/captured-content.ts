import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { contentText, redactContent } from '../../policy/guardrails/detect/content-text.ts';
import type { Inspector } from '../../policy/guardrails/detect/inspector.ts';
import type { LocalDetector } from '../../policy/guardrails/guard-rule.ts';

/** What looks through a content before it is kept. */
const DETECTORS: readonly LocalDetector[] = [{ kind: 'secrets' }, { kind: 'pii' }];
/** A text this long without a space is data and not language: no detector looks into it. */
const BLOB_CHARACTERS = 1_024;
/** What is under such a name is left out whatever it looks like: no pattern knows a password. */
const SECRET_NAME =
  /pass(?:word|phrase|wd)|secret|token|authorization|credential|cookie|key$|^(?:otp|pin|totp)$/i;

/**
 * A content as it may be kept: secrets and personal data replaced, files and other blobs left out,
 * and the beginning alone of what is long. Rejects when it cannot be looked through.
 */
export async function capturedContent(
  content: Json,
  inspector: Pick<Inspector, 'inspect'>,
): Promise<Json> {
  const bytes = Buffer.byteLength(JSON.stringify(content));
  if (bytes > limits.captureReadBytesMax) return leftOut(bytes);
  return shortened(await redactedContent(content, inspector));
}

/**
 * A content, however long, with secrets and personal data replaced and blobs left out. Rejects when
 * it cannot be looked through.
 */
export async function redactedContent(
  content: Json,
  inspector: Pick<Inspector, 'inspect'>,
): Promise<Json> {
  const readable = readableParts(content);
  const seen = contentText(readable);
  const findings = (await inspector.inspect(seen.text, DETECTORS)).flat();
  return redactContent(readable, seen, findings);
}

/** What stands for a content that is not kept. */
export function leftOut(bytes: number): JsonObject {
  return { leftOut: true, bytes };
}

function readableParts(value: Json): Json {
  if (typeof value === 'string') {
    const isBlob = value.length > BLOB_CHARACTERS && !/\s/.test(value);
    return isBlob ? `[${value.length} characters left out]` : value;
  }
  if (Array.isArray(value)) return value.map((item: Json) => readableParts(item));
  if (!isJsonObject(value)) return value;
  const members = Object.entries(value).map(([name, one]) => {
    const isSecret = SECRET_NAME.test(name) && one !== null && typeof one !== 'boolean';
    return [name, isSecret ? '[redacted:by_name]' : readableParts(one)] as const;
  });
  return Object.fromEntries(members);
}

/** Cut after it was redacted: half of a secret might not be known as one. */
function shortened(redacted: Json): Json {
  const text = Buffer.from(JSON.stringify(redacted));
  if (text.length <= limits.captureBytesMax) return redacted;
  // The end of a character that was cut in two is dropped.
  const beginning = text.toString('utf8', 0, limits.captureBytesMax).replace(/\u{fffd}+$/u, '');
  return { beginning, bytes: text.length };
}
