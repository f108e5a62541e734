/** What is shorter is found in texts by chance. */
const CHARACTERS_MIN = 8;
/** Tokens are replaced all the time; those that ended long ago are worth nothing. */
const TOKENS_MAX = 256;

/** What one upstream was sent in secret, as the masks that hide it in JSON. */
export class SentSecrets {
  readonly #secrets = new Set<string>();
  readonly #tokens = new Set<string>();
  #masks: readonly string[] | undefined = [];

  /** A secret of the service's configuration. */
  add(secret: string): void {
    this.#keep(this.#secrets, secret);
  }

  /** A token that somebody was given for the service. */
  addToken(token: string): void {
    this.#keep(this.#tokens, token);
    if (this.#tokens.size <= TOKENS_MAX) return;
    const [oldest = ''] = this.#tokens;
    this.#tokens.delete(oldest);
  }

  /** Every secret as JSON writes it, the longest first: one may be a part of another. */
  get masks(): readonly string[] {
    this.#masks ??= [...this.#secrets, ...this.#tokens]
      .toSorted((one, other) => other.length - one.length)
      .map((secret) => JSON.stringify(secret).slice(1, -1));
    return this.#masks;
  }

  #keep(kept: Set<string>, secret: string): void {
    if (secret.length < CHARACTERS_MIN || kept.has(secret)) return;
    kept.add(secret);
    this.#masks = undefined;
  }
}
