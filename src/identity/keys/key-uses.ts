import { limits } from '../../kernel/limits.ts';
import type { ApiKeyStore, KeyUse } from './store.ts';

/**
 * Remembers which keys were used until that is written down, all at once. What is lost with the
 * process is at most `limits.keyUseNoteMs` of a date that nothing depends on.
 */
export class KeyUses {
  readonly #apiKeys: Pick<ApiKeyStore, 'noteUse'>;
  #uses = new Map<string, KeyUse>();

  constructor(apiKeys: Pick<ApiKeyStore, 'noteUse'>) {
    this.#apiKeys = apiKeys;
  }

  /** Notes a use; beyond `limits.credentialsCachedMax` keys further ones are left out. */
  note(use: KeyUse): void {
    const isFull = this.#uses.size >= limits.credentialsCachedMax && !this.#uses.has(use.keyId);
    if (!isFull) this.#uses.set(use.keyId, use);
  }

  /** Writes down what was noted since the last time; what fails is left out. */
  async write(): Promise<void> {
    const uses = [...this.#uses.values()];
    this.#uses = new Map();
    if (uses.length > 0) await this.#apiKeys.noteUse(uses);
  }
}
