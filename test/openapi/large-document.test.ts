import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../src/connectors/openapi/compile/compile.ts';
import { checkTool } from './check-tool.ts';
import { makeLargeDocument } from './make-large-document.ts';
import { shufflePaths } from './shuffle-paths.ts';

test('a large document compiles whole, soundly, and in any order to the same tools', () => {
  const root = makeLargeDocument(400);
  const { operations } = compile(root);
  assert.equal(operations.length, 400);
  for (const { tool } of operations.slice(0, 8)) assert.deepEqual(checkTool(tool), []);
  const lines = (of: typeof operations): readonly string[] =>
    of.map(({ id, tool }) => `${id} ${JSON.stringify(tool)}`).toSorted();
  assert.deepEqual(lines(compile(shufflePaths(root)).operations), lines(operations));
});
