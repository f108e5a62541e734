import type { Provider } from 'oidc-provider';
import { isJsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { methodsOfTenant } from './login-tenant.ts';
import type { LoginWay, OAuthPeople, ProviderLogins } from './ports.ts';

/** What signing in at a tenant's provider needs. */
export interface ProviderLoginOptions {
  readonly people: Pick<OAuthPeople, 'get'>;
  readonly logins: ProviderLogins;
  readonly now: () => number;
}

/** A question to a person, and who asks for it. */
export interface ProviderLoginAsked {
  readonly details: Awaited<ReturnType<Provider['interactionDetails']>>;
  readonly cookies: string | undefined;
  readonly baseUrl: string;
  readonly address: string;
  readonly form: URLSearchParams | undefined;
}

/** A way as the page shows it. */
export interface ShownWay {
  readonly name: string;
  readonly url: string;
}

/** What the page can offer besides a password. */
export interface OfferedWays {
  readonly ways: readonly ShownWay[];
  readonly problem?: string;
}

/** What was offered for a question, kept with it. */
interface Offer {
  readonly connections: readonly string[];
  readonly sinceMs: number;
}

type Login = { readonly accountId: string; readonly amr: string[] };

/**
 * The ways to offer for this question: the one that everybody may take, and the one of the e-mail
 * address that was typed. They are kept, so that only a login by one of them, begun after it was
 * offered, is taken for an answer.
 */
export async function offerWays(
  { logins, now }: ProviderLoginOptions,
  { details, baseUrl, address, form }: ProviderLoginAsked,
): Promise<OfferedWays> {
  const ways: LoginWay[] = [];
  const only = await logins.only(baseUrl);
  if (only !== undefined) ways.push(only);
  let problem: string | undefined;
  if (form?.get('decision') === 'find-provider') {
    const found = await logins.discover((form.get('email') ?? '').trim(), baseUrl, address);
    if (found === undefined) problem = 'This address has no provider here.';
    else if (found.id !== only?.id) ways.push(found);
  }
  await keepOffer(details, ways, now());
  const next = encodeURIComponent(`/oauth/interaction/${details.uid}`);
  return {
    ways: ways.map(({ id, name }) => ({
      name,
      url: `${baseUrl}/auth/sso/${id}/start?next=${next}`,
    })),
    ...(problem === undefined ? {} : { problem }),
  };
}

/** Who has come back from a way that was offered for this very question; undefined for nobody. */
export async function backFromProvider(
  { logins, people }: ProviderLoginOptions,
  { details, cookies, baseUrl, form }: ProviderLoginAsked,
): Promise<Login | undefined> {
  const offer = offerOf(details);
  if (offer === undefined || form !== undefined) return undefined;
  const found = await logins.loggedIn(cookies, baseUrl);
  if (found === undefined || !offer.connections.includes(found.connectionId)) return undefined;
  if (found.createdAtMs < offer.sinceMs) return undefined;
  const person = await people.get(found.userId);
  return person && { accountId: person.userId, amr: methodsOfTenant(found.tenant) };
}

function offerOf({ result }: ProviderLoginAsked['details']): Offer | undefined {
  const kept = result?.['provider_login'];
  return isJsonObject(kept) ? (kept as unknown as Offer) : undefined;
}

async function keepOffer(
  details: ProviderLoginAsked['details'],
  ways: readonly LoginWay[],
  nowMs: number,
): Promise<void> {
  const before = offerOf(details);
  const known = before?.connections ?? [];
  const fresh = ways.map(({ id }) => id).filter((id) => !known.includes(id));
  if (fresh.length === 0) return;
  const connections = [...known, ...fresh].slice(-limits.ssoWaysOfferedMax);
  const offer = { connections, sinceMs: before?.sinceMs ?? nowMs };
  details.result = { ...details.result, provider_login: offer };
  await details.persist();
}
