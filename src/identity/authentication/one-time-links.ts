import type { IdSource } from '../../kernel/ids.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { randomText } from '../keys/random-text.ts';
import type { TokenHash } from '../token-hash.ts';
import type { OneTimeKind, OneTimeToken, OneTimeTokenStore } from './store.ts';

/** What a link is for, and for how long. */
export interface LinkRequest {
  readonly kind: OneTimeKind;
  readonly userId: string | null;
  readonly tenant: TenantId | null;
  readonly data: JsonObject;
  readonly lifeMs: number;
}

/** A link that was made; the token is shown once and kept nowhere. */
export interface MadeLink {
  readonly token: string;
  readonly link: OneTimeToken;
}

/** Secrets that people carry once, in a link of a mail or a message. */
export interface OneTimeLinks {
  make(request: LinkRequest): Promise<MadeLink>;
  /** What a token is for, while it works. */
  find(token: string, kind: OneTimeKind): Promise<OneTimeToken | undefined>;
  /** The same, and the token works no more. Of several at once one gets it. */
  take(token: string, kind: OneTimeKind): Promise<OneTimeToken | undefined>;
}

/** What links need. */
export interface OneTimeLinkOptions {
  readonly store: OneTimeTokenStore;
  readonly hash: TokenHash;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

const TOKEN_SHAPE = /^[0-9A-Za-z]{43}$/;
const TOKEN_CHARACTERS = 43;

/** Makes the links. */
export function createOneTimeLinks({ store, hash, ids, now }: OneTimeLinkOptions): OneTimeLinks {
  const first = async (
    token: string,
    look: (hash: string) => Promise<OneTimeToken | undefined>,
  ): Promise<OneTimeToken | undefined> => {
    if (!TOKEN_SHAPE.test(token)) return undefined;
    for (const one of hash.all(token)) {
      const found = await look(one);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return {
    make: async ({ lifeMs, ...request }) => {
      const token = randomText(TOKEN_CHARACTERS);
      const createdAtMs = now();
      const link: OneTimeToken = {
        ...request,
        hash: hash.of(token),
        id: ids.next('ott'),
        createdAtMs,
        expiresAtMs: createdAtMs + lifeMs,
      };
      await store.insert(link);
      return { token, link };
    },
    find: (token, kind) => first(token, (one) => store.find(one, kind, now())),
    take: (token, kind) => first(token, (one) => store.take(one, kind, now())),
  };
}
