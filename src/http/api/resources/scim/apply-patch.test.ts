import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import * as fc from 'fast-check';
import { GatewayError } from '../../../../kernel/errors.ts';
import type { JsonObject } from '../../../../kernel/json.ts';
import { applyPatch, type PatchOperation } from './apply-patch.ts';
import { groupShape } from './scim-group.ts';
import { userShape } from './scim-user.ts';

const id = fc.constantFrom<string>('u1', 'u2', 'u3', 'u4');
const ids = fc.uniqueArray(id);
const membersOf = (values: readonly string[]) => values.map((value) => ({ value }));

/** A step on the members of a group: as it is sent, and what it does to a set. */
const step = fc.oneof(
  ids.map((given) => ({
    sent: { op: 'add' as const, path: 'members', value: membersOf(given) },
    act: (set: ReadonlySet<string>) => new Set([...set, ...given]),
  })),
  ids.map((given) => ({
    sent: { op: 'replace' as const, value: { Members: membersOf(given) } },
    act: () => new Set(given),
  })),
  ids.map((given) => ({
    sent: { op: 'remove' as const, path: 'members', value: membersOf(given) },
    act: (set: ReadonlySet<string>) => new Set([...set].filter((one) => !given.includes(one))),
  })),
  id.map((given) => ({
    sent: { op: 'remove' as const, path: `members[value eq "${given}"]` },
    act: (set: ReadonlySet<string>) => new Set([...set].filter((one) => one !== given)),
  })),
);

describe('a PATCH', () => {
  test('changes members as it would change a set', () => {
    fc.assert(
      fc.property(ids, fc.array(step, { maxLength: 8 }), (first, steps) => {
        const before = { id: 'g', displayName: 'Desk', members: membersOf(first) };
        const operations = steps.map(({ sent }) => sent);
        const after = applyPatch(before, operations, groupShape)['members'] ?? [];
        const wanted = steps.reduce<ReadonlySet<string>>(
          (set, { act }) => act(set),
          new Set(first),
        );
        const values = (after as readonly JsonObject[]).map(({ value }) => JSON.stringify(value));
        assert.deepEqual(
          values.toSorted(),
          [...wanted].map((one) => JSON.stringify(one)).toSorted(),
        );
        assert.deepEqual(before.members, membersOf(first));
      }),
    );
  });

  test('of any shape answers a resource or an error of the request', () => {
    const word = fc.constantFrom('active', 'emails', 'name', 'id', 'x', 'urn:ietf:params:scim:x');
    const path = fc.oneof(
      word,
      fc.string(),
      fc.tuple(word, fc.string()).map(([name, filter]) => `${name}[${filter}].value`),
      fc.tuple(word, word).map(([name, sub]) => `${name}.${sub}`),
    );
    const operation = fc.record(
      { op: fc.constantFrom('add', 'replace', 'remove'), path, value: fc.jsonValue() },
      { requiredKeys: ['op'] },
    );
    const user = { id: 'u', userName: 'ada', emails: [{ value: 'a@b.example', type: 'work' }] };
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 4 }), (operations) => {
        try {
          const after = applyPatch(user, operations as PatchOperation[], userShape);
          assert.equal(after['id'], 'u');
        } catch (error) {
          assert.ok(
            error instanceof GatewayError && error.code === 'invalid_params',
            String(error),
          );
        }
      }),
    );
  });

  test('says what is wrong in the words of SCIM', () => {
    const user = { id: 'u', userName: 'ada', emails: [{ value: 'a@b.example', type: 'work' }] };
    const wrong: readonly (readonly [string, PatchOperation])[] = [
      ['noTarget', { op: 'remove' }],
      ['noTarget', { op: 'replace', path: 'emails[type sw "x"].value', value: 'y' }],
      ['invalidPath', { op: 'replace', path: 'emails.value', value: 'y' }],
      ['invalidPath', { op: 'replace', path: 'userName.value', value: 'y' }],
      ['invalidPath', { op: 'add', path: 'constructor', value: 'y' }],
      ['invalidFilter', { op: 'replace', path: 'emails[type].value', value: 'y' }],
      ['invalidValue', { op: 'replace', value: 'y' }],
      ['invalidValue', { op: 'add', path: 'emails', value: ['y'] }],
      ['mutability', { op: 'replace', path: 'id', value: 'y' }],
    ];
    for (const [scimType, operation] of wrong) {
      assert.throws(
        () => applyPatch(user, [operation], userShape),
        { data: { scimType } },
        JSON.stringify(operation),
      );
    }
  });
});
