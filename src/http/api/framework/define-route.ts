import type { z } from '@hono/zod-openapi';
import type { LoginSession } from '../../../identity/store.ts';
import type { ErrorCode } from '../../../kernel/errors.ts';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import type { Permission } from '../../../kernel/permissions.ts';
import type { Principal } from '../../../kernel/principal.ts';
import type { Problem } from './problem.ts';
import type { Client } from '../../listener/edge/client-of.ts';

/**
 * What a caller needs for a route: a permission; `public` asks for no credential, `admitted` for
 * any; `self` asks for a person's own login, by token or cookie, and for no permission: it is about
 * that person alone.
 */
export type RoutePermission = Permission | 'public' | 'admitted' | 'self';

/** What a route's handler gets: everything checked. */
export interface RouteCall<R extends RoutePermission, Params, Query, Body> {
  readonly principal: R extends 'public' ? undefined : Principal;
  readonly params: Params;
  readonly query: Query;
  readonly body: Body;
  readonly request: Request;
  /** The version that `If-Match` demands, on a route that is `versioned`. */
  readonly ifVersion: number | undefined;
  /** The browser session, when the caller came by cookie. */
  readonly session: LoginSession | undefined;
  /** Who is at the other end of the connection. */
  readonly client: Client;
}

/** A route's JSON body. */
export interface BodySpec<Body extends z.ZodType> {
  /** What is documented, and checked unless `form` picks a narrower schema. */
  readonly schema: Body;
  /** Picks the one form a value means, so that errors name its fields and no other form's. */
  readonly form?: (value: unknown) => z.ZodType;
  /** Default `limits.requestBodyBytesMax`; `limits.signInBodyBytesMax` where `rateBounded`. */
  readonly bytesMax?: number;
  /** A type of JSON that is taken besides `application/json`. */
  readonly mediaType?: string;
  /** Default `limits.jsonDepthMax`. */
  readonly depthMax?: number;
  /** True where a number that would lose digits is to be the text of its digits. */
  readonly keepsDigits?: boolean;
  readonly example?: unknown;
}

/** One successful answer of a route. */
export interface AnswerSpec {
  readonly description: string;
  /** The JSON body; absent for an answer without one or of another type. */
  readonly schema?: z.ZodType;
  readonly mediaType?: string;
  /** The type of a stream that it may be instead, where the request asks for one. */
  readonly streamType?: string;
}

/** How a protocol with a form of its own says what a problem document says elsewhere. */
export interface ErrorForm {
  readonly mediaType: string;
  readonly schema: z.ZodType;
  /** `data` is what the error carries for programs. */
  body(problem: Problem, data: Json | undefined): unknown;
}

/** A route as its resource states it. */
export interface RouteSpec<
  R extends RoutePermission,
  Params extends z.ZodObject,
  Query extends z.ZodObject,
  Body extends z.ZodType,
> {
  readonly method: 'get' | 'post' | 'put' | 'patch' | 'delete';
  /** The path first, then its aliases; parameters as `{name}`. */
  readonly paths: readonly [string, ...string[]];
  /** One name per path. */
  readonly operationIds: readonly [string, ...string[]];
  readonly tag: string;
  readonly summary: string;
  readonly description?: string;
  readonly permission: R;
  /** A path parameter that does not fit is an unknown thing: 404. */
  readonly params?: Params;
  readonly query?: Query;
  readonly body?: BodySpec<Body>;
  readonly answers: Readonly<Record<number, AnswerSpec>>;
  /** Whether its answers carry an ETag, and its changes honour `If-Match`. */
  readonly versioned?: boolean;
  /** Whether its success answers with a secret that is never shown again. */
  readonly secretOnce?: boolean;
  /** Whether each address may ask only so often: routes that check secrets. */
  readonly rateBounded?: boolean;
  /** Errors besides those that follow from permission, parameters and body. */
  readonly errors?: readonly ErrorCode[];
  /** How its errors look; problem documents when absent. */
  readonly errorForm?: ErrorForm;
  /** What the audit log says of an attempt besides its target, such as that it only tries. */
  actDetail?(query: z.output<Query>): JsonObject;
  /** False for pages that are not part of the API. */
  readonly documented?: boolean;
  handle(
    call: RouteCall<R, z.output<Params>, z.output<Query>, z.output<Body>>,
  ): Response | Promise<Response>;
}

/** A route with its types worn off, as the table holds it. */
export type ApiRoute = Omit<
  RouteSpec<RoutePermission, z.ZodObject, z.ZodObject, z.ZodType>,
  'handle' | 'actDetail'
> & {
  actDetail?(query: unknown): JsonObject;
  handle(call: RouteCall<RoutePermission, unknown, unknown, unknown>): Response | Promise<Response>;
};

type Nothing = z.ZodObject<Readonly<Record<string, never>>>;

/** States one route of the control plane; nothing else adds one. */
export function defineRoute<
  R extends RoutePermission,
  Params extends z.ZodObject = Nothing,
  Query extends z.ZodObject = Nothing,
  Body extends z.ZodType = z.ZodUndefined,
>(spec: RouteSpec<R, Params, Query, Body>): ApiRoute {
  return spec;
}

/** Members that may be absent, without `undefined` as a value: JSON has no such thing. */
export type Present<T> = { [Key in keyof T]: Exclude<T[Key], undefined> };

/** The value with its type tightened; `parsed` came from JSON, where nothing is undefined. */
export function present<T extends object>(parsed: T): Present<T> {
  return parsed as Present<T>;
}
