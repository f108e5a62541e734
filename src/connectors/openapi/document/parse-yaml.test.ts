import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../../kernel/limits.ts';
import { parseYaml } from './parse-yaml.ts';

const source = Array.from({ length: 20_000 }, (_, at) => `k${at}: {a: [1, 2], b: text}`).join('\n');

test('reading stops when its time is over (yamlParseMs)', () => {
  const bounds = { depthMax: 10, aliasesMax: 0 };
  assert.throws(() => parseYaml(source, { ...bounds, timeMs: 1 }), /too long/);
  const short = source.split('\n').slice(0, 100).join('\n');
  const { value } = parseYaml(short, { ...bounds, timeMs: limits.yamlParseMs });
  assert.equal(Object.keys(value as object).length, 100);
});
