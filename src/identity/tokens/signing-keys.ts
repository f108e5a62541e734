import type { CryptoKey, JWK } from 'jose';
import type { IdSource } from '../../kernel/ids.ts';
import { limits } from '../../kernel/limits.ts';
import type { Seal } from '../../kernel/seal.ts';
import type { SigningKeyRow, SigningKeyStore } from './store.ts';

/** The algorithm of every key that this gateway makes: Ed25519 (RFC 8037). */
export const SIGNING_ALGORITHM = 'EdDSA';

/** A key that signs. */
export interface Signer {
  readonly id: string;
  readonly key: CryptoKey;
}

/** The keys that access tokens are signed with, kept in the database for all instances. */
export interface SigningKeys {
  /** The key that signs now; makes the first one. */
  signer(): Promise<Signer>;
  /** The public key of this id, while it verifies. */
  verifier(id: string): Promise<CryptoKey | undefined>;
  /** What verifies now, as a JSON Web Key Set (RFC 7517, section 5). */
  publicKeys(): Promise<{ readonly keys: readonly JWK[] }>;
  /** Makes another key sign: when the present one is old, or at once; whether it did. */
  rotate(when: 'due' | 'now'): Promise<boolean>;
}

/** What signing keys need. */
export interface SigningKeyOptions {
  readonly store: SigningKeyStore;
  readonly seal: Seal;
  readonly ids: Pick<IdSource, 'next'>;
  readonly now: () => number;
}

interface Read {
  readonly rows: readonly SigningKeyRow[];
  readonly atMs: number;
  readonly signers: Map<string, Promise<Signer>>;
  readonly verifiers: Map<string, Promise<CryptoKey>>;
}

/** Opens the keys of a database; they are read again when an unknown one is asked for. */
export function createSigningKeys({ store, seal, ids, now }: SigningKeyOptions): SigningKeys {
  let latest: Promise<Read> | undefined;

  const readAgain = (): Promise<Read> => {
    const reading = store.list().then((rows) => ({
      rows,
      atMs: now(),
      signers: new Map(),
      verifiers: new Map(),
    }));
    latest = reading;
    // What failed is no answer for the next one who asks.
    reading.catch(() => (latest = latest === reading ? undefined : latest));
    return reading;
  };
  const keys = async (knows: (read: Read) => boolean): Promise<Read> => {
    const read = await (latest ?? readAgain());
    const isOld = now() - read.atMs >= limits.signingKeysReadMs;
    return knows(read) || !isOld ? read : readAgain();
  };
  const signing = ({ rows }: Read) => rows.find(({ retiresAtMs }) => retiresAtMs === null);
  const verifies = (row: SigningKeyRow) => row.retiresAtMs === null || now() < row.retiresAtMs;

  const rotate = async (sinceMs: number): Promise<boolean> => {
    const row = await makeKey(seal, ids, now());
    const isMade = await store.replace(row, sinceMs, now() + limits.signingKeyRestMs);
    await readAgain();
    return isMade;
  };

  return {
    signer: async () => {
      let read = await keys((one) => signing(one) !== undefined);
      if (signing(read) === undefined) {
        await rotate(0);
        read = await (latest ?? readAgain());
      }
      const row = signing(read);
      if (row === undefined) throw new Error('there is no signing key');
      return remembered(read.signers, row.id, () => openSigner(seal, row));
    },
    verifier: async (id) => {
      const read = await keys(({ rows }) => rows.some((row) => row.id === id));
      const row = read.rows.find((one) => one.id === id);
      if (row === undefined || !verifies(row)) return undefined;
      return remembered(read.verifiers, id, () => importKey(row.publicJwk));
    },
    publicKeys: async () => {
      const { rows } = await keys(() => false);
      return { keys: rows.filter(verifies).map(({ publicJwk }) => JSON.parse(publicJwk) as JWK) };
    },
    rotate: async (when) => {
      const { rows } = await readAgain();
      const sinceMs = when === 'now' ? Infinity : now() - limits.signingKeyMs;
      const isDue = rows.every((row) => row.retiresAtMs !== null || row.createdAtMs < sinceMs);
      return isDue && rows.length > 0 ? rotate(Math.min(sinceMs, now() + 1)) : false;
    },
  };
}

function remembered<Value>(
  known: Map<string, Promise<Value>>,
  id: string,
  make: () => Promise<Value>,
): Promise<Value> {
  const value = known.get(id) ?? make();
  known.set(id, value);
  return value;
}

async function makeKey(
  seal: Seal,
  ids: Pick<IdSource, 'next'>,
  createdAtMs: number,
): Promise<SigningKeyRow> {
  const { exportJWK, generateKeyPair } = await import('jose');
  const pair = await generateKeyPair(SIGNING_ALGORITHM, { crv: 'Ed25519', extractable: true });
  const id = ids.next('sgk');
  const shown = {
    ...(await exportJWK(pair.publicKey)),
    kid: id,
    alg: SIGNING_ALGORITHM,
    use: 'sig',
  };
  const secret = await exportJWK(pair.privateKey);
  return {
    id,
    algorithm: SIGNING_ALGORITHM,
    publicJwk: JSON.stringify(shown),
    privateJwkSealed: seal.seal(JSON.stringify(secret), id),
    createdAtMs,
    retiresAtMs: null,
  };
}

async function openSigner(seal: Seal, { id, privateJwkSealed }: SigningKeyRow): Promise<Signer> {
  const text = seal.open(privateJwkSealed, id);
  if (text === undefined) throw new Error(`the signing key ${id} cannot be opened with this ring`);
  return { id, key: await importKey(text) };
}

async function importKey(jwk: string): Promise<CryptoKey> {
  const { importJWK } = await import('jose');
  return (await importJWK(JSON.parse(jwk) as JWK, SIGNING_ALGORITHM)) as CryptoKey;
}
