import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../kernel/limits.ts';
import { silentLog as log } from '../kernel/log.ts';
import type { DomainVersion, VersionStore } from './store.ts';
import { VersionWatch } from './version-watch.ts';

function world() {
  const rows: DomainVersion[] = [];
  const asked: (number | undefined)[] = [];
  const store: VersionStore = {
    list: (withinMs) => {
      asked.push(withinMs);
      return Promise.resolve([...rows]);
    },
  };
  const heard: string[] = [];
  const failing = new Set<string>();
  const watch = new VersionWatch({
    store,
    log,
    changed: (domain, tenant) => {
      heard.push(`${domain} of ${tenant}`);
      const fails = failing.has(domain);
      return fails ? Promise.reject(new Error('broken')) : Promise.resolve();
    },
  });
  const set = (domain: DomainVersion['domain'], tenant: string, version: number): void => {
    const at = rows.findIndex((row) => row.domain === domain && row.tenant === tenant);
    rows.splice(at === -1 ? rows.length : at, 1, { domain, tenant, version });
  };
  return { asked, heard, failing, watch, set };
}

test('what was there at the beginning is known; what changes is read once, by tenant', async () => {
  const { watch, heard, set } = world();
  set('services', 'a', 7);
  await watch.begin();
  await watch.look();
  assert.deepEqual(heard, []);
  set('services', 'a', 9);
  set('keys', 'b', 1);
  await watch.look();
  await watch.look();
  assert.deepEqual(heard, ['services of a', 'keys of b']);
});

test('what could not be read is read again, and holds up nothing else', async () => {
  const { watch, heard, failing, set } = world();
  await watch.begin();
  failing.add('services');
  set('services', 'a', 1);
  set('keys', 'a', 1);
  await assert.rejects(watch.look(), /broken/);
  assert.deepEqual(heard, ['services of a', 'keys of a']);
  failing.clear();
  await watch.look();
  await watch.look();
  assert.deepEqual(heard, ['services of a', 'keys of a', 'services of a']);
});

test('it asks for what changed lately, and for all once versionReadAllMs is over', async (t) => {
  const clock = { nowMs: 1_000 };
  t.mock.method(performance, 'now', () => clock.nowMs);
  const { watch, asked } = world();
  await watch.begin();
  clock.nowMs += limits.versionReadAllMs - 1;
  await watch.look();
  clock.nowMs += 1;
  await watch.look();
  await watch.look();
  const lately = limits.versionLookBackMs;
  assert.deepEqual(asked, [undefined, lately, undefined, lately]);
  assert.ok(limits.versionPollMs * 1.2 < 1_000, 'a change is noticed within a second');
});
