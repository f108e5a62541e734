import { GatewayError } from '../../kernel/errors.ts';
import { stringMember } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import type { Log } from '../../kernel/log.ts';
import type { Mailer } from '../../kernel/egress.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { checkNewPassword } from './check-new-password.ts';
import type { MadeLink, OneTimeLinks } from './one-time-links.ts';
import type { Passwords } from './passwords.ts';
import type { People, Person } from './people.ts';
import type { OneTimeToken, OneTimeTokenStore } from './store.ts';

/** Who is invited to what. */
export interface InvitationRequest {
  readonly tenant: TenantId;
  /** Where the link is sent, when there is a mail server; null for a link that is handed over. */
  readonly email: string | null;
  readonly roles: readonly string[];
  /** Who invites, for the mail. */
  readonly invitedBy: string;
}

/** What is known of an open invitation. */
export interface Invitation {
  readonly id: string;
  readonly tenant: TenantId;
  readonly email: string | null;
  readonly roles: readonly string[];
  readonly createdAtMs: number;
  readonly expiresAtMs: number;
}

/** Somebody who is new here. */
export interface Newcomer {
  readonly login: string;
  readonly name: string;
  readonly password: string;
}

/** Invitations into a tenant: links that work once. */
export interface Invitations {
  /** Throws `conflict` when the tenant has as many open ones as it may. */
  invite(request: InvitationRequest): Promise<{ readonly token: string; readonly id: string }>;
  list(tenant: TenantId): Promise<readonly Invitation[]>;
  /** False when the tenant has no such open one. */
  withdraw(tenant: TenantId, id: string): Promise<boolean>;
  /** What an invitation is for. Throws `not_found` for one that does not work. */
  find(token: string): Promise<Invitation & { readonly tenantName: string }>;
  /** Makes the account. Throws `not_found`, `conflict`, `invalid_params`. */
  accept(token: string, newcomer: Newcomer): Promise<{ person: Person; tenant: TenantId }>;
  /** Makes a person who has signed in a member. Throws `not_found`, `conflict`. */
  join(token: string, userId: string): Promise<TenantId>;
}

/** What invitations need. */
export interface InvitationOptions {
  readonly people: People;
  readonly passwords: Passwords;
  readonly links: OneTimeLinks;
  readonly linkStore: OneTimeTokenStore;
  /** undefined without a mail server. */
  readonly mailer: Mailer | undefined;
  /** Where a person opens a link, by its token. */
  readonly invitationUrl: (token: string) => string;
  readonly log: Log;
  readonly now: () => number;
}

/** Makes them. */
export function createInvitations(options: InvitationOptions): Invitations {
  const { people, passwords, links, linkStore, now } = options;

  const find = async (token: string): Promise<Invitation & { readonly tenantName: string }> => {
    const link = await links.find(token, 'invitation');
    const invitation = link && toInvitation(link);
    const tenantName = invitation && (await people.tenantName(invitation.tenant));
    if (invitation === undefined || tenantName === undefined) throw noInvitation();
    return { ...invitation, tenantName };
  };
  const take = async (token: string): Promise<void> => {
    if ((await links.take(token, 'invitation')) === undefined) throw noInvitation();
  };
  const list = async (tenant: TenantId): Promise<readonly Invitation[]> =>
    (await linkStore.list(tenant, 'invitation', now())).flatMap((link) => toInvitation(link) ?? []);

  return {
    invite: async (request) => {
      if ((await list(request.tenant)).length >= limits.invitationsPerTenantMax) {
        const most = limits.invitationsPerTenantMax;
        const text = `A tenant may have ${most} open invitations; withdraw one first.`;
        throw new GatewayError('conflict', text);
      }
      const { email, roles } = request;
      const made = await links.make({
        kind: 'invitation',
        userId: null,
        tenant: request.tenant,
        data: { email, roles: [...roles] },
        lifeMs: limits.invitationMs,
      });
      await sendInvitation(options, request, made);
      return { token: made.token, id: made.link.id };
    },
    list,
    withdraw: (tenant, id) => linkStore.withdraw(tenant, id, now()),
    find,
    accept: async (token, { login, name, password }) => {
      const { tenant, email, roles } = await find(token);
      checkNewPassword(password, { login, email, name });
      if ((await people.find(login)) !== undefined) throw taken('login');
      if (email !== null && (await people.find(email)) !== undefined) throw taken('email');
      const passwordHash = await passwords.hash(password);
      await take(token);
      const person = await people.create({ login, email, name, passwordHash }, tenant, roles);
      return { person, tenant };
    },
    join: async (token, userId) => {
      const { tenant, roles } = await find(token);
      const memberships = await people.memberships(userId);
      if (memberships.some((one) => one.tenant === tenant)) {
        throw new GatewayError('conflict', 'You are a member of this tenant already.');
      }
      await take(token);
      await people.join(userId, tenant, roles);
      return tenant;
    },
  };
}

async function sendInvitation(
  { mailer, people, invitationUrl, log }: InvitationOptions,
  { tenant, email, invitedBy }: InvitationRequest,
  { token }: MadeLink,
): Promise<void> {
  if (mailer === undefined || email === null) return;
  const tenantName = (await people.tenantName(tenant)) ?? '';
  const text = [
    `${invitedBy} invites you to ${tenantName} on an MCP gateway. Open this page to join:`,
    '',
    invitationUrl(token),
    '',
    'The link works once and for seven days.',
    '',
  ].join('\n');
  mailer
    .send({ to: email, subject: `Invitation to ${tenantName}`, text })
    .catch((error: unknown) => log.warn({ tenant, cause: String(error) }, 'mail not sent'));
}

function toInvitation({ tenant, data, ...link }: OneTimeToken): Invitation | undefined {
  if (tenant === null) return undefined;
  const { id, createdAtMs, expiresAtMs } = link;
  const { roles } = data;
  const names = Array.isArray(roles) ? roles.map(String) : [];
  return {
    id,
    tenant,
    email: stringMember(data, 'email') ?? null,
    roles: names,
    createdAtMs,
    expiresAtMs,
  };
}

function noInvitation(): GatewayError {
  const text = 'This invitation does not work any more; ask for another.';
  return new GatewayError('not_found', text);
}

function taken(field: string): GatewayError {
  const fix =
    field === 'login' ? 'Choose another one.' : 'Sign in to that account and accept there.';
  const errors = [{ field, problem: 'belongs to an account already', fix }];
  return new GatewayError('conflict', `This ${field} belongs to an account.`, { data: { errors } });
}
