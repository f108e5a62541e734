import { randomBytes } from 'node:crypto';
import type { SealKey } from '../../kernel/seal.ts';
import type { RingKeyRow, RingKeyStore } from './store.ts';
import { makeKeyFile, readKeyFiles } from './key-files.ts';
import { fingerprintOf, refused, RING_SECRET_BYTES, toKeyRing, type KeyRing } from './key-ring.ts';

/** Where the keys are: in the data folder, in the database, or these. */
export type KeySource = 'file' | 'database' | readonly SealKey[];

/** What finding the keys needs. */
export interface KeyRingOptions {
  readonly source: KeySource;
  /** The data folder. */
  readonly directory: string;
  readonly store: RingKeyStore;
  /** True when the database holds data already: its keys must be there then, not be made. */
  isInUse(): Promise<boolean>;
  now(): number;
}

/**
 * The keys this gateway works with. They are made on an empty database only; with any other they
 * must be those that its data was made with. Rejects with `invalid_configuration` and one sentence
 * that says what to do.
 */
export async function openKeyRing(options: KeyRingOptions): Promise<KeyRing> {
  const { store, now } = options;
  const before = await store.list();
  const ring = toKeyRing(await keysOf(options, before));
  checkKeyRing(ring, before);
  const known = new Set(before.map(({ id }) => id));
  const added = ring.filter(({ id }) => !known.has(id));
  if (added.length === 0) return ring;
  for (const key of added) await store.add(toRow(key, null, rankAmong(before), now()));
  // Another gateway may have added keys of these ids at the same moment.
  checkKeyRing(ring, await store.list());
  return ring;
}

/**
 * Throws `invalid_configuration` unless every key that the data was made with is in the ring, the
 * very same one.
 */
export function checkKeyRing(ring: KeyRing, rows: readonly RingKeyRow[]): void {
  for (const { id, fingerprint } of rows) {
    const key = ring.find((candidate) => candidate.id === id);
    if (key === undefined) {
      throw refused(
        `The key ring lacks the key ${id} (fingerprint ${fingerprint}) that the data in this ` +
          'database was made with; give this gateway the keys of the gateways that use the ' +
          'database, or forget the key with "keys forget".',
      );
    }
    if (fingerprintOf(key) !== fingerprint) {
      throw refused(
        `The key ${id} of this gateway (fingerprint ${fingerprintOf(key)}) is not the key ${id} ` +
          `(fingerprint ${fingerprint}) that the data in this database was made with; give this ` +
          'gateway the keys of the gateways that use the database.',
      );
    }
  }
}

/** A key as the database keeps it. */
export function toRow(
  key: SealKey,
  secret: string | null,
  rank: number,
  createdAtMs: number,
): RingKeyRow {
  return { id: key.id, fingerprint: fingerprintOf(key), secret, rank, createdAtMs };
}

function rankAmong(rows: readonly RingKeyRow[]): number {
  return (rows[0]?.rank ?? 0) + 1;
}

async function keysOf(
  options: KeyRingOptions,
  rows: readonly RingKeyRow[],
): Promise<readonly SealKey[]> {
  const { source } = options;
  if (source === 'file') return await keysInFiles(options, rows);
  if (source === 'database') return await keysInDatabase(options, rows);
  return source;
}

async function keysInFiles(
  { directory, isInUse }: KeyRingOptions,
  rows: readonly RingKeyRow[],
): Promise<readonly SealKey[]> {
  const keys = await readKeyFiles(directory);
  if (keys.length > 0) return keys;
  if (rows.some(({ secret }) => secret !== null)) {
    throw refused('The keys of this database are in it; set keys to database.');
  }
  if (rows.length > 0 || (await isInUse())) {
    const what = rows.map(({ id, fingerprint }) => `${id}, fingerprint ${fingerprint}`).join('; ');
    throw refused(
      `There is no signing.key in ${directory}, and the data in this database was made with ` +
        `one${what === '' ? '' : ` (${what})`}; restore the file, or copy it from a gateway ` +
        'that uses the database.',
    );
  }
  return [await makeKeyFile(directory, 1)];
}

async function keysInDatabase(
  { store, isInUse, now }: KeyRingOptions,
  rows: readonly RingKeyRow[],
): Promise<readonly SealKey[]> {
  if (rows.some(({ secret }) => secret === null) || (rows.length === 0 && (await isInUse()))) {
    throw refused(
      'The keys that the data in this database was made with are not in it; set keys to file or ' +
        'to a list, as the gateways that use the database have it.',
    );
  }
  if (rows.length > 0) return rows.map(toKey);
  const secret = randomBytes(RING_SECRET_BYTES);
  await store.add(toRow({ id: 'k1', secret }, secret.toString('base64'), 1, now()));
  // Of two gateways that start at once one has made it.
  return (await store.list()).map(toKey);
}

function toKey({ id, secret }: RingKeyRow): SealKey {
  return { id, secret: Buffer.from(secret ?? '', 'base64') };
}
