import { createSigningKeys } from '../../identity/tokens/signing-keys.ts';
import { IdSource } from '../../kernel/ids.ts';
import { Seal } from '../../kernel/seal.ts';
import type { Config } from '../config/config-schema.ts';
import { withStorage } from './with-storage.ts';

/** Lets a new key sign access tokens; resolves to false when none has ever signed. */
export function rotateSigningKey(config: Config): Promise<boolean> {
  return withStorage(config, ({ signingKeys }, ring) =>
    createSigningKeys({
      store: signingKeys,
      seal: new Seal(ring, 'signing key'),
      ids: new IdSource(),
      now: Date.now,
    }).rotate('now'),
  );
}
