import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../kernel/json.ts';
import { compile } from '../compile/compile.ts';
import { queryIntent } from '../../../search/query-intent.ts';
import { createToolSearch } from './tool-search.ts';

describe('what a question wants done', () => {
  test('is told by its first words, or not at all', () => {
    for (const query of ['list issues', 'Who starred this?', 'my followers', 'please show a pet']) {
      assert.equal(queryIntent(query), 'read', query);
    }
    for (const query of ['star a repository', 'assign somebody to it', 'I want to open a ticket']) {
      assert.equal(queryIntent(query), 'change', query);
    }
    for (const query of ['license of a project', 'pull request', '', 'билет']) {
      assert.equal(queryIntent(query), undefined, query);
    }
  });
});

describe('the search over tools', () => {
  const operation = (operationId: string, summary = ''): JsonObject => ({ operationId, summary });
  const { operations } = compile({
    openapi: '3.1.0',
    info: {},
    paths: {
      '/stars/{repo}': {
        get: operation('starredRepository', 'Tells whether a repository is starred'),
        put: operation('starRepository', 'Stars a repository'),
      },
      // Nothing says in words what these do; their methods and paths do.
      '/v1/invoices': { get: operation('a1'), post: operation('a2') },
      '/v1/invoices/{id}': {
        get: operation('a3'),
        post: operation('a4'),
        delete: operation('a5'),
      },
    },
  });
  const find = createToolSearch(operations);
  const first = (query: string): string | undefined => find(query)[0]?.tool.name;

  test('knows what methods and paths usually mean', () => {
    assert.equal(first('list invoices'), 'a1');
    assert.equal(first('create an invoice'), 'a2');
    assert.equal(first('update an invoice'), 'a4');
    assert.equal(first('remove an invoice'), 'a5');
  });

  test('tells reading from changing', () => {
    assert.equal(first('star a repository'), 'starRepository');
    assert.equal(first('is this repository starred'), 'starredRepository');
  });

  test('finds nothing rather than something else', () => {
    assert.equal(first('book a table in a restaurant'), undefined);
  });
});
