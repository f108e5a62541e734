import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isolatedOperation } from '../../../../test/support/isolated-operation.ts';

test('what is required by the text "true" is required, by "false" it is not', () => {
  const operation = isolatedOperation(
    {
      parameters: [
        { name: 'q', in: 'query', required: 'true', schema: { type: 'string' } },
        { name: 'page', in: 'query', required: 'false', schema: { type: 'integer' } },
      ],
    },
    '/search',
  );
  assert.deepEqual(operation.tool.inputSchema['required'], ['q']);
});
