import type { SsoConnection } from '../../../../identity/sso/store.ts';
import { oauthUrl } from '../../../../identity/vault/oauth/oauth-url.ts';
import { GatewayError } from '../../../../kernel/errors.ts';
import { fieldProblem } from '../../framework/problem.ts';

/** Providers at which anybody can have an account, and the claim that tells whose one is. */
const OPEN_PROVIDERS: Readonly<Record<string, string>> = { 'https://accounts.google.com': 'hd' };

/** Throws `invalid_params` for an issuer that is no https: URL, or http: on this machine. */
export function checkIssuer(issuer: string): void {
  const { search, hash } = new URL(issuer);
  try {
    oauthUrl(issuer, 'issuer');
    if (search === '' && hash === '') return;
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
  const fix = 'Give the https: URL that the provider’s metadata calls issuer.';
  throw fieldProblem([{ field: 'issuer', problem: 'is not the URL of an issuer', fix }]);
}

/** Throws `invalid_params` where the whole world could become users of the tenant. */
export function checkAdmits({
  issuer,
  requiredClaims,
}: Pick<SsoConnection, 'issuer' | 'requiredClaims'>): void {
  const claim = OPEN_PROVIDERS[issuer.replace(/\/$/, '')];
  if (claim === undefined || Object.hasOwn(requiredClaims, claim)) return;
  const problem = `must have ${claim}, because anybody can have an account at this provider`;
  const fix = `Give ${claim} the domain of your organization.`;
  throw fieldProblem([{ field: 'requiredClaims', problem, fix }]);
}
