import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { openapiConfig } from '../prepare/config.ts';

const at = (place: string): JsonObject => ({ $path: place });

describe('the configuration of composite tools', () => {
  const problem = (composites: JsonObject): string => {
    const { error } = openapiConfig.safeParse({ document: {}, composites });
    return error?.issues.map(({ message }) => message).join('; ') ?? '';
  };
  const one = (more: JsonObject, step: JsonObject = {}): JsonObject => ({
    t: { description: 'D.', steps: [{ name: 'a', operation: 'x', ...step }], ...more },
  });

  test('refuses what could never work', () => {
    assert.equal(problem(one({})), '');
    assert.match(problem(one({}, { arguments: { q: at('$.steps.a') } })), /no earlier step/);
    assert.match(problem(one({}, { arguments: { q: at('$.other') } })), /paths start with/);
    assert.match(problem(one({}, { arguments: { q: at('arguments.x') } })), /not understood/);
    assert.match(problem(one({}, { arguments: { q: { $run: 'x' } } })), /has none of/);
    assert.match(
      problem(one({}, { arguments: { q: { $text: 'x', more: 1 } } })),
      /does not go with/,
    );
    assert.match(problem(one({}, { arguments: { q: { $path: 7 } } })), /right types/);
    assert.match(problem(one({}, { when: '$.arguments.x ==' })), /not understood/);
    assert.match(problem(one({}, { when: '$.env.HOME' })), /paths start with/);
    const inputSchema = { type: 'object', properties: { y: {} } };
    const declared = one({ inputSchema }, { arguments: { q: at('$.arguments.x') } });
    assert.match(problem(declared), /"x" is no argument/);
    const twice = {
      description: 'D.',
      steps: ['a', 'a'].map((name) => ({ name, operation: 'x' })),
    };
    assert.match(problem({ t: twice }), /earlier step has this name/);
  });

  test('has limits (compositesPerServiceMax, compositeStepsMax)', () => {
    const steps = (count: number): JsonObject => ({
      t: {
        description: 'D.',
        steps: Array.from({ length: count }, (_, index) => ({ name: `s${index}`, operation: 'x' })),
      },
    });
    assert.equal(problem(steps(limits.compositeStepsMax)), '');
    assert.notEqual(problem(steps(limits.compositeStepsMax + 1)), '');
    const tools = (count: number): JsonObject =>
      Object.fromEntries(
        Array.from({ length: count }, (_, index) => [`t${index}`, one({})['t'] as JsonObject]),
      );
    assert.equal(problem(tools(limits.compositesPerServiceMax)), '');
    assert.match(problem(tools(limits.compositesPerServiceMax + 1)), /at most/);
  });
});
