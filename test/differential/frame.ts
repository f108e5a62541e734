import type { Json, JsonObject } from '../../src/kernel/json.ts';

/** The protocol era that a frame belongs to. */
export type FrameEra = 'modern' | 'legacy';

/** One HTTP request as it is sent to both sides. */
export interface Frame {
  readonly era: FrameEra;
  /** The JSON-RPC method it started from. */
  readonly method: string;
  /** What was done to it; `none` for a good one. */
  readonly change: string;
  readonly httpMethod: string;
  /** Lower-case names; a value of undefined leaves the header out. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** Sent as JSON; a text or bytes go as they are. */
  readonly body: Json | Buffer | undefined;
  /** True when the side's own session id is to be sent along. */
  readonly inSession: boolean;
}

/** A good message that changes are made to. */
export interface BaseFrame extends Frame {
  readonly body: JsonObject;
}

/** A change to a good frame. */
export interface Change {
  readonly name: string;
  readonly apply: (frame: BaseFrame) => Frame;
}

/** What tells one frame from all others. */
export function labelOf({ era, method, change }: Frame): string {
  return `${era} ${method} ${change}`;
}

/** Copies a frame with other headers. */
export function withHeaders(frame: BaseFrame, headers: Frame['headers']): Frame {
  return { ...frame, headers: { ...frame.headers, ...headers } };
}

/** Copies a frame with other members in its message. */
export function withMembers(frame: BaseFrame, members: JsonObject): Frame {
  return { ...frame, body: { ...frame.body, ...members } };
}

/** Copies a frame whose message lacks a member. */
export function withoutMember(frame: BaseFrame, name: string): Frame {
  const { [name]: _, ...body } = frame.body;
  return { ...frame, body };
}
