import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { tenantId } from '../../kernel/principal.ts';
import { keyNumberOf, openRow, sealRow } from './seal-row.ts';

const key = { number: 3, key: Buffer.alloc(32, 5) };
const row = { tenant: tenantId('ten_a'), owner: 'usr_1', serviceId: 'svc_1', name: 'tokens' };
const anyRow = fc.record({
  tenant: fc.string().map(tenantId),
  owner: fc.string(),
  serviceId: fc.string(),
  name: fc.string(),
});

describe('the envelope of a row', () => {
  test('opens what it sealed, whatever it was, and shows nothing of it', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), anyRow, (text, any) => {
        const sealed = sealRow(key, any, text);
        assert.match(sealed, /^v1\.3\.[\w-]+$/);
        assert.equal(keyNumberOf(sealed), 3);
        assert.equal(openRow(key, any, sealed), text);
      }),
    );
    const sealed = sealRow(key, row, 'CANARY-CANARY');
    assert.equal(Buffer.from(sealed.slice(5), 'base64url').includes('CANARY'), false);
    assert.notEqual(sealed, sealRow(key, row, 'CANARY-CANARY'));
  });

  test('does not open in another row, under another key or another number', () => {
    const sealed = sealRow(key, row, 'text');
    fc.assert(
      fc.property(anyRow, (other) => {
        fc.pre(JSON.stringify(other) !== JSON.stringify(row));
        assert.equal(openRow(key, other, sealed), undefined);
      }),
    );
    for (const member of ['tenant', 'owner', 'serviceId', 'name'] as const) {
      assert.equal(openRow(key, { ...row, [member]: 'other' }, sealed), undefined, member);
    }
    // Members are not merely joined: what moves from one to the next is another row.
    const moved = { ...row, owner: 'usr_1svc_1', serviceId: '' };
    assert.equal(openRow(key, moved, sealed), undefined);
    assert.equal(openRow({ ...key, number: 4 }, row, sealed), undefined);
    assert.equal(openRow({ number: 3, key: Buffer.alloc(32, 6) }, row, sealed), undefined);
    const renumbered = sealed.replace('v1.3.', 'v1.4.');
    assert.equal(openRow({ ...key, number: 4 }, row, renumbered), undefined);
  });

  test('does not open when any bit was changed or anything cut off', () => {
    const sealed = sealRow(key, row, 'some text');
    const bytes = Buffer.from(sealed.slice(5), 'base64url');
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const changed = Buffer.from(bytes);
      changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
      assert.equal(openRow(key, row, `v1.3.${changed.toString('base64url')}`), undefined);
    }
    for (let length = 0; length < bytes.length; length++) {
      const cut = bytes.subarray(0, length).toString('base64url');
      assert.equal(openRow(key, row, `v1.3.${cut}`), undefined);
    }
  });

  test('survives any nonsense', () => {
    fc.assert(
      fc.property(fc.string(), (nonsense) => {
        assert.equal(openRow(key, row, nonsense), undefined);
        assert.equal(openRow(key, row, `v1.3.${nonsense}`), undefined);
        assert.equal(keyNumberOf(`v1.${nonsense}`.replace(/^v1\.\d+\./, 'v1.')), undefined);
      }),
    );
  });
});
