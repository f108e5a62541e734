import { stringMember, withoutMembers, type JsonObject } from '../../kernel/json.ts';

/** Trace context as `_meta` carries it (2026-07-28 basic/index, "OpenTelemetry Trace Context"). */

const PARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;
const STATE_CHARACTERS_MAX = 512;
const STATE_MEMBERS_MAX = 32;
const STATE_KEY = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;
const STATE_VALUE =
  /^[\u0020-\u002b\u002d-\u003c\u003e-\u007e]{0,255}[\u0021-\u002b\u002d-\u003c\u003e-\u007e]$/;
const BAGGAGE_CHARACTERS_MAX = 8_192;
const PRINTABLE = /^[\u0020-\u007e]*$/;

/** True for a `traceparent` as W3C Trace Context §3.2 has it. */
export function isTraceParent(text: string | undefined): text is string {
  return text !== undefined && PARENT.test(text);
}

/** True for a `tracestate` as W3C Trace Context §3.3 has it, within the length it asks for. */
export function isTraceState(text: string | undefined): text is string {
  if (text === undefined || text.length > STATE_CHARACTERS_MAX) return false;
  const members = text
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '');
  if (members.length > STATE_MEMBERS_MAX) return false;
  return members.every((member) => {
    const equals = member.indexOf('=');
    return (
      equals > 0 &&
      STATE_KEY.test(member.slice(0, equals)) &&
      STATE_VALUE.test(member.slice(equals + 1))
    );
  });
}

/** The metadata without the trace context in it that is not one; itself when all is well. */
export function withSoundTrace(meta: JsonObject): JsonObject {
  const { traceparent, tracestate, baggage } = meta;
  if (traceparent === undefined && tracestate === undefined && baggage === undefined) return meta;
  const bad: string[] = [];
  const isParent = isTraceParent(stringMember(meta, 'traceparent'));
  if (traceparent !== undefined && !isParent) bad.push('traceparent');
  // A state belongs to a parent (§3.3.1).
  if (tracestate !== undefined && !(isParent && isTraceState(stringMember(meta, 'tracestate')))) {
    bad.push('tracestate');
  }
  const text = stringMember(meta, 'baggage');
  const isBaggage =
    text !== undefined && text.length <= BAGGAGE_CHARACTERS_MAX && PRINTABLE.test(text);
  if (baggage !== undefined && !isBaggage) bad.push('baggage');
  return withoutMembers(meta, bad);
}
