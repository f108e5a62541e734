/** A key of the ring as the database knows it. */
export interface RingKeyRow {
  readonly id: string;
  /** Tells keys of one id apart; nothing of the secret can be learnt from it. */
  readonly fingerprint: string;
  /** The secret in base64 when the ring is kept in the database, null when it is elsewhere. */
  readonly secret: string | null;
  /** The key of the highest rank signs. */
  readonly rank: number;
  readonly createdAtMs: number;
}

/** The keys that the data in the database was made with. */
export interface RingKeyStore {
  /** The highest rank first. */
  list(): Promise<readonly RingKeyRow[]>;
  /** Adds a key; one whose id is there is left alone. */
  add(row: RingKeyRow): Promise<void>;
  /** False when there is no such key. */
  setRank(id: string, rank: number): Promise<boolean>;
  /** Forgets a key, for good; false when there is none of this id. */
  remove(id: string): Promise<boolean>;
}
