import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  memoryVaultStore,
  type MemoryVaultStore,
} from '../../../test/support/memory-vault-store.ts';
import { limits } from '../../kernel/limits.ts';
import { tenantId } from '../../kernel/principal.ts';
import { Seal, type SealKey } from '../../kernel/seal.ts';
import { secretRow, Vault } from './vault.ts';

const [A, B] = [tenantId('ten_a'), tenantId('ten_b')];
const key = (id: string, byte: number): SealKey => ({ id, secret: Buffer.alloc(32, byte) });
const [OLD, NEW] = [key('k1', 1), key('k2', 2)];
const row = secretRow(A, 'svc_1', 'TOKEN');

const clock = { nowMs: 1_000 };
const open = (store: MemoryVaultStore, wrapping: readonly SealKey[], tenants = [A, B]): Vault =>
  new Vault({
    store,
    wrapping,
    ring: [OLD],
    tenants: () => Promise.resolve(tenants),
    now: () => clock.nowMs,
  });

describe('the vault', () => {
  test('keeps what it is given, and opens it in that row alone', async () => {
    const store = memoryVaultStore();
    const vault = open(store, [OLD]);
    await vault.write(row, 'CANARY-1');
    assert.equal(await vault.read(row), 'CANARY-1');
    assert.equal(JSON.stringify([store.wrapped, ...store.items]).includes('CANARY'), false);
    const [item] = store.items.values();
    assert.ok(item !== undefined);
    await vault.write(secretRow(B, 'svc_1', 'TOKEN'), 'other');
    for (const other of [secretRow(B, 'svc_1', 'TOKEN'), { ...row, serviceId: 'svc_2' }]) {
      await store.put({ ...other, sealed: item.sealed });
      await assert.rejects(vault.read(other), /does not open/);
    }
    assert.equal(await vault.read({ ...row, name: 'NONE' }), undefined);
    assert.deepEqual(
      store.wrapped.map(({ tenant, number }) => [tenant, number]),
      [
        [A, 1],
        [B, 1],
      ],
    );
  });

  test('refuses to start with another key, in one sentence, and changes nothing', async () => {
    const store = memoryVaultStore();
    await open(store, [OLD]).write(row, 'text');
    const before = structuredClone([store.wrapped, [...store.items]]);
    for (const wrong of [key('k1', 9), NEW]) {
      // Every key is looked at, whoever its tenant is.
      await assert.rejects(open(store, [wrong], []).open(), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'invalid_configuration');
        assert.match(error.message, /wrapped with the key k1, .* give it the key/);
        return true;
      });
      assert.deepEqual([store.wrapped, [...store.items]], before);
    }
  });

  test('takes over what the key ring itself sealed before, at the start', async () => {
    const store = memoryVaultStore();
    const sealed = new Seal([OLD], 'secret').seal('old secret', `${A}/svc_1/TOKEN`);
    await store.put({ ...row, sealed });
    const vault = open(store, [OLD]);
    assert.equal(await vault.read(row), 'old secret');
    await vault.open();
    assert.match([...store.items.values()][0]?.sealed ?? '', /^v1\.1\./);
    assert.equal(await vault.read(row), 'old secret');
    // What did not open stays, and holds up nobody.
    await store.put({ ...row, sealed: 'k1.nonsense' });
    await vault.open();
    await assert.rejects(vault.read(row), /does not open/);
  });

  test('is wrapped anew: then the key before is not needed any more', async () => {
    const store = memoryVaultStore();
    await open(store, [OLD]).write(row, 'text');
    const both = open(store, [NEW, OLD]);
    assert.deepEqual(await both.rotate({ dataKeys: false }), {
      rewrapped: 1,
      made: 0,
      resealed: 0,
      deleted: 0,
    });
    assert.equal((await both.rotate({ dataKeys: false })).rewrapped, 0);
    const alone = open(store, [NEW]);
    await alone.open();
    assert.equal(await alone.read(row), 'text');
    await assert.rejects(open(store, [OLD]).open(), /wrapped with the key k2/);
  });

  test('seals everything anew in batches of vaultBatchItems, N and N+1', async () => {
    for (const count of [limits.vaultBatchItems, limits.vaultBatchItems + 1]) {
      const store = memoryVaultStore();
      const vault = open(store, [OLD]);
      for (let at = 0; at < count; at++) await vault.write({ ...row, name: `S${at}` }, `v${at}`);
      const { resealed, made } = await vault.rotate({ dataKeys: true });
      assert.deepEqual([resealed, made], [count, 2]);
      const sealed = [...store.items.values()].map((one) => one.sealed);
      assert.ok(sealed.every((text) => text.startsWith('v1.2.')));
      assert.equal(await vault.read({ ...row, name: 'S7' }), 'v7');
    }
  });

  test('deletes a data key once it is older than vaultOldKeyMs and seals nothing', async () => {
    const store = memoryVaultStore();
    const vault = open(store, [OLD]);
    clock.nowMs = 1_000;
    await vault.write(row, 'text');
    clock.nowMs = 1_000 + limits.vaultOldKeyMs;
    assert.equal((await vault.rotate({ dataKeys: true })).deleted, 0);
    clock.nowMs += 1;
    assert.equal((await vault.rotate({ dataKeys: true })).deleted, 1);
    assert.equal(await vault.read(row), 'text');
  });

  test('is read and written by several instances while one rotates, without an error', async () => {
    const store = memoryVaultStore();
    const [one, other] = [open(store, [NEW, OLD]), open(store, [NEW, OLD])];
    const rows = Array.from({ length: 30 }, (_, at) => ({ ...row, name: `S${at}` }));
    for (const each of rows) await one.write(each, each.name);
    let isOver = false;
    const use = async (vault: Vault): Promise<number> => {
      let calls = 0;
      while (!isOver) {
        const each = rows[calls % rows.length] as typeof row;
        if (calls % 3 === 0) await vault.write(each, each.name);
        else assert.equal(await vault.read(each), each.name);
        calls++;
      }
      return calls;
    };
    const users = [use(one), use(other), use(other)];
    for (let turn = 0; turn < 5; turn++) await one.rotate({ dataKeys: true });
    isOver = true;
    const calls = await Promise.all(users);
    assert.ok(calls.every((count) => count > 20));
    for (const each of rows) assert.equal(await other.read(each), each.name);
  });

  test('two instances that make the first key at once use the same one', async () => {
    const store = memoryVaultStore();
    const vaults = [open(store, [OLD]), open(store, [OLD]), open(store, [OLD])];
    await Promise.all(vaults.map((vault, at) => vault.write({ ...row, name: `S${at}` }, 'text')));
    assert.equal(store.wrapped.length, 1);
    for (const vault of vaults) assert.equal(await vault.read({ ...row, name: 'S2' }), 'text');
  });
});
