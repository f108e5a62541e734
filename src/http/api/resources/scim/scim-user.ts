import { z } from '@hono/zod-openapi';
import type { Account, Member, PersonChange } from '../../../../identity/store.ts';
import type { JsonObject } from '../../../../kernel/json.ts';
import { limits } from '../../../../kernel/limits.ts';
import { emailAddress, loginName } from '../../grants/identity-fields.ts';
import { namesOf, type PatchShape } from './patch-path.ts';
import { readResource, scimBoolean, scimName, scimText } from './scim-body.ts';
import type { FilterAttributes } from './scim-filter.ts';
import { urns } from './scim-protocol.ts';

const EMAILS_MAX = 20;
const SUB_ATTRIBUTES =
  'formatted familyName givenName middleName honorificPrefix honorificSuffix ' +
  'value type primary display';
const UNKEPT =
  'schemas meta groups password nickname profileurl title usertype preferredlanguage locale ' +
  'timezone phonenumbers ims photos addresses entitlements roles x509certificates';

/** The attributes of a user that are kept; the others of RFC 7643 may be sent. */
export const userShape: PatchShape = {
  schema: urns.user,
  attributes: namesOf('id', 'externalId', 'userName', 'displayName', 'active', 'name', 'emails'),
  subAttributes: namesOf(...SUB_ATTRIBUTES.split(' ')),
  multiValued: new Set(['emails']),
  complex: new Set(['name']),
  unkept: new Set(UNKEPT.split(' ')),
};

const userSchema = z.strictObject({
  id: z.string().optional(),
  externalId: scimText,
  userName: loginName,
  displayName: scimName,
  active: scimBoolean.nullish(),
  name: z
    .strictObject({
      formatted: scimName,
      familyName: scimName,
      givenName: scimName,
      middleName: scimName,
      honorificPrefix: scimName,
      honorificSuffix: scimName,
    })
    .nullish(),
  emails: z
    .array(
      z.strictObject({
        value: emailAddress,
        type: scimText,
        primary: scimBoolean.nullish(),
        display: scimText,
      }),
    )
    .max(EMAILS_MAX)
    .nullish(),
});

/** What a user is to be. */
export interface WantedUser {
  readonly externalId: string | null;
  readonly login: string;
  readonly email: string | null;
  readonly name: string;
  readonly isActive: boolean;
}

/**
 * Reads a user; `before` is its name so far. Who is not said to be active or not stays as it
 * `wasActive`: nobody is let in again by an omission. Throws `invalid_params`.
 */
export function readUser(given: JsonObject, wasActive: boolean, before?: string): WantedUser {
  const user = readResource(given, userShape, userSchema);
  const emails = user.emails ?? [];
  const email = emails.findLast(({ primary }) => primary === true) ?? emails[0];
  return {
    externalId: user.externalId || null,
    login: user.userName,
    email: email?.value ?? null,
    name: nameOf(user, before).slice(0, limits.titleLengthMax),
    isActive: user.active ?? wasActive,
  };
}

/** One name is kept: of those that are sent the one that is new, and best what is to be shown. */
function nameOf(user: z.output<typeof userSchema>, before: string | undefined): string {
  const { formatted, givenName, familyName } = user.name ?? {};
  const both = givenName && familyName ? `${givenName} ${familyName}` : undefined;
  const names = [user.displayName, formatted, both, givenName, familyName].filter(Boolean);
  return names.find((name) => name !== before) ?? before ?? user.userName;
}

/** What of the person changes; undefined for nothing. */
export function personChange(before: Account, wanted: WantedUser): PersonChange | undefined {
  const { login, email, name } = wanted;
  const hasNewEmail = email !== before.email;
  if (!hasNewEmail && login === before.login && name === before.name) return undefined;
  return { login, name, ...(hasNewEmail ? { email, emailVerifiedAtMs: null } : {}) };
}

/** A user as a PATCH finds it. */
export function patchableUser({ account, membership }: Member): JsonObject {
  const { id, login, name, email } = account;
  const { externalId, status } = membership;
  return {
    id,
    ...(externalId === null ? {} : { externalId }),
    userName: login,
    displayName: name,
    name: { formatted: name },
    active: status === 'active',
    ...(email === null ? {} : { emails: [{ value: email, type: 'work', primary: true }] }),
  };
}

/** A user as SCIM shows it; `base` is the URL above `/Users`. */
export function userResource(member: Member, base: string): JsonObject {
  const { userId, createdAtMs, version } = member.membership;
  return {
    schemas: [urns.user],
    ...patchableUser(member),
    meta: {
      resourceType: 'User',
      created: new Date(createdAtMs).toISOString(),
      location: `${base}/Users/${userId}`,
      version: `"${version}"`,
    },
  };
}

/** What users are filtered by. */
export const userFilters: FilterAttributes<Member> = new Map([
  ['id', { read: ({ account }) => account.id, isExact: true }],
  ['username', { read: ({ account }) => account.login }],
  ['externalid', { read: ({ membership }) => membership.externalId, isExact: true }],
  ['displayname', { read: ({ account }) => account.name }],
  ['name.formatted', { read: ({ account }) => account.name }],
  ['active', { read: ({ membership }) => membership.status === 'active' }],
  ['emails', { read: ({ account }) => account.email }],
  ['emails.value', { read: ({ account }) => account.email }],
  ['emails.type', { read: ({ account }) => (account.email === null ? null : 'work') }],
]);
