import { createOneTimeLinks } from '../../identity/authentication/one-time-links.ts';
import { resetUrl } from '../../identity/create-authentication.ts';
import { createTokenHash } from '../../identity/token-hash.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import { configuredBaseUrl } from '../parts/build-authentication.ts';
import type { Config } from '../config/config-schema.ts';
import { withStorage } from './with-storage.ts';

/**
 * Makes a link by which a user's password is set, for whoever may open the database; earlier links
 * of the user end. Rejects with `not_found` when nobody has this login or e-mail address.
 */
export function makePasswordReset(config: Config, loginOrEmail: string): Promise<string> {
  return withStorage(config, async (storage, ring) => {
    const { accounts, oneTimeTokens } = storage;
    const wanted = loginOrEmail.toLowerCase();
    const account = (await accounts.findByLogin(wanted)) ?? (await accounts.findByEmail(wanted));
    if (account === undefined) {
      throw new GatewayError('not_found', `Nobody has the login ${loginOrEmail}.`);
    }
    await oneTimeTokens.withdrawOfUser(account.id, 'password_reset', Date.now());
    const links = createOneTimeLinks({
      store: oneTimeTokens,
      hash: createTokenHash(ring),
      ids: new IdSource(),
      now: Date.now,
    });
    const { token } = await links.make({
      kind: 'password_reset',
      userId: account.id,
      tenant: null,
      data: {},
      lifeMs: limits.passwordResetMs,
    });
    return resetUrl(configuredBaseUrl(config), token);
  });
}
