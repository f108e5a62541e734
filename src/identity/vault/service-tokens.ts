import { limits } from '../../kernel/limits.ts';
import { RecentMap } from '../../kernel/recent/recent-map.ts';
import type { RefusedCredential } from '../../kernel/oauth/upstream-oauth.ts';
import type { ConnectedService } from './connected-service.ts';
import { readChallenge } from './oauth/challenge.ts';
import type { OAuthClient } from './oauth/oauth-client.ts';
import type { TokenSet } from './oauth/tokens.ts';

interface Held {
  readonly token: Promise<TokenSet>;
  expiresAtMs: number;
}

/** A token whose end nobody tells is asked for again after this long. */
const LIFE_MS = 300_000;

/** Tokens of services themselves (client credentials); kept in memory, for they are easily had. */
export class ServiceTokens {
  readonly #oauth: () => Promise<OAuthClient>;
  readonly #now: () => number;
  readonly #held = new RecentMap<string, Held>(limits.connectionsCachedMax);

  constructor(oauth: () => Promise<OAuthClient>, now: () => number) {
    this.#oauth = oauth;
    this.#now = now;
  }

  /**
   * The service's token. Where the token comes from is learnt from the service's refusal unless the
   * settings say it: until then there is none.
   */
  async token(service: ConnectedService, refused?: RefusedCredential): Promise<string | undefined> {
    const key = JSON.stringify([service.tenant, service.id, service.oauth]);
    const known = this.#held.get(key);
    if (known !== undefined && known.expiresAtMs > this.#now()) {
      const { accessToken } = await known.token;
      if (refused === undefined || refused.token !== accessToken) return accessToken;
    }
    const { issuer, tokenUrl } = service.oauth;
    if (refused === undefined && issuer === undefined && tokenUrl === undefined) return undefined;
    const held: Held = {
      token: this.#request(service, refused),
      expiresAtMs: Number.POSITIVE_INFINITY,
    };
    this.#held.set(key, held);
    try {
      const { accessToken, expiresAtMs } = await held.token;
      const endMs = expiresAtMs ?? this.#now() + LIFE_MS;
      held.expiresAtMs = endMs - limits.tokenEarlyMs;
      return accessToken;
    } catch (error) {
      this.#held.delete(key);
      throw error;
    }
  }

  async #request(service: ConnectedService, refused?: RefusedCredential): Promise<TokenSet> {
    const oauth = await this.#oauth();
    const challenge = readChallenge(refused?.challenge);
    const { tokenUrl, issuer = tokenUrl, scopes } = service.oauth;
    const settled = { ...service, oauth: { ...service.oauth, issuer } };
    const isSettled = tokenUrl !== undefined;
    const target = await oauth.discover(isSettled ? settled : service, challenge);
    const wanted =
      scopes ?? (challenge.scopes.length > 0 ? challenge.scopes : target.scopesSupported);
    return await oauth.clientCredentials(isSettled ? settled : service, target, wanted);
  }
}
