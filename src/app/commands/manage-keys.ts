import { randomBytes } from 'node:crypto';
import { addKeyFile, readKeyFiles } from '../../identity/key-ring/key-files.ts';
import { fingerprintOf, RING_SECRET_BYTES } from '../../identity/key-ring/key-ring.ts';
import { openKeyRing, toRow } from '../../identity/key-ring/open-key-ring.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { silentLog } from '../../kernel/log.ts';
import type { SealKey } from '../../kernel/seal.ts';
import type { Storage } from '../../storage/storage.ts';
import type { Config } from '../config/config-schema.ts';
import { openStorage } from '../open-storage.ts';

/** One key of the ring, for people. */
export interface ShownKey {
  readonly id: string;
  readonly fingerprint: string;
  readonly use: 'signs' | 'verifies';
}

/** A key that was made. */
export interface MadeKey extends Pick<ShownKey, 'id' | 'fingerprint'> {
  readonly kept: 'file' | 'database' | 'nowhere';
  /** In base64, when it is kept nowhere. */
  readonly secret: string | undefined;
}

/**
 * The ring, checked against the database. Rejects with `invalid_configuration` when it is not the
 * one that the data was made with.
 */
export function listKeys(config: Config): Promise<readonly ShownKey[]> {
  return withStorage(config, async (storage) => {
    const ring = await openKeyRing(ringOptions(config, storage));
    return ring.map((key, index) => ({
      id: key.id,
      fingerprint: fingerprintOf(key),
      use: index === 0 ? 'signs' : 'verifies',
    }));
  });
}

/**
 * Makes a key: in the data folder it signs from the next start on; in the database it verifies
 * until it is promoted; for a list in the configuration it is only shown.
 */
export function makeRingKey(config: Config): Promise<MadeKey> {
  return withStorage(config, async (storage) => {
    const options = ringOptions(config, storage);
    const ring = await openKeyRing(options);
    if (ring.length >= limits.ringKeysMax) {
      throw new GatewayError('too_many', 'The key ring is full; take a key out of it first.');
    }
    if (config.keys === 'file') {
      const key = await addKeyFile(config.data.directory);
      await openKeyRing(options);
      return shown(key, 'file');
    }
    const key = { id: freeId(ring), secret: randomBytes(RING_SECRET_BYTES) };
    if (config.keys !== 'database') return shown(key, 'nowhere');
    const ranks = (await storage.ringKeys.list()).map(({ rank }) => rank);
    const row = toRow(key, key.secret.toString('base64'), Math.min(...ranks) - 1, Date.now());
    await storage.ringKeys.add(row);
    return shown(key, 'database');
  });
}

/** Lets a key of the database sign. Rejects with `not_found` or `conflict`. */
export function promoteKey(config: Config, id: string): Promise<void> {
  return withStorage(config, async ({ ringKeys }) => {
    if (config.keys !== 'database') {
      const text = 'Only keys in the database are promoted; elsewhere the first of the ring signs.';
      throw new GatewayError('conflict', text);
    }
    const ranks = (await ringKeys.list()).map(({ rank }) => rank);
    if (!(await ringKeys.setRank(id, Math.max(0, ...ranks) + 1))) throw unknownKey(id);
  });
}

/** Forgets a key: what it signed is refused from then on. Rejects as `promoteKey` does. */
export function forgetKey(config: Config, id: string): Promise<void> {
  return withStorage(config, async ({ ringKeys }) => {
    const rows = await ringKeys.list();
    if (config.keys === 'database' && rows[0]?.id === id) {
      throw new GatewayError('conflict', `The key ${id} signs; promote another one first.`);
    }
    const { keys, data } = config;
    const there = typeof keys === 'string' ? await readKeyFiles(data.directory) : keys;
    if (keys !== 'database' && there.some((key) => key.id === id)) {
      const text = `The key ${id} is still in the ring; take it out first.`;
      throw new GatewayError('conflict', text);
    }
    if (!(await ringKeys.remove(id))) throw unknownKey(id);
  });
}

function ringOptions(config: Config, storage: Storage): Parameters<typeof openKeyRing>[0] {
  return {
    source: config.keys,
    directory: config.data.directory,
    store: storage.ringKeys,
    isInUse: async () => (await storage.tenants.list()).length > 0,
    now: Date.now,
  };
}

async function withStorage<Result>(
  config: Config,
  work: (storage: Storage) => Promise<Result>,
): Promise<Result> {
  const storage = await openStorage(config, silentLog);
  try {
    return await work(storage);
  } finally {
    await storage.close();
  }
}

function shown(key: SealKey, kept: MadeKey['kept']): MadeKey {
  const secret = kept === 'nowhere' ? key.secret.toString('base64') : undefined;
  return { id: key.id, fingerprint: fingerprintOf(key), kept, secret };
}

function freeId(ring: readonly SealKey[]): string {
  let number = ring.length + 1;
  while (ring.some(({ id }) => id === `k${number}`)) number++;
  return `k${number}`;
}

function unknownKey(id: string): GatewayError {
  return new GatewayError('not_found', `The database knows no key ${id}.`);
}
