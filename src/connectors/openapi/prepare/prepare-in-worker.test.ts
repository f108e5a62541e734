import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { prepareInWorker } from './prepare-in-worker.ts';
import { prepareDocument, type DocumentJob } from './prepare-document.ts';

const root = (paths: number): JsonObject => ({
  openapi: '3.1.0',
  info: { title: 'Many' },
  paths: Object.fromEntries(
    Array.from({ length: paths }, (_, at) => [
      `/p${at}`,
      {
        post: {
          requestBody: {
            content: { 'application/json': { schema: { $ref: '#/components/schemas/S' } } },
          },
        },
      },
    ]),
  ),
  components: { schemas: { S: { type: 'array', items: { $ref: '#/components/schemas/S' } } } },
});

const job = (document: string | JsonObject): DocumentJob => ({
  document,
  files: {},
  overlays: [],
  toolNameLengthMax: 64,
  config: { include: [{ paths: ['/p1*'] }] },
});

describe('preparing a document', () => {
  test('a large one is compiled on a thread, to the same tools as here', async () => {
    const yaml = `# ${'x'.repeat(70_000)}\n${JSON.stringify(root(30))}\nopenapi: 3.1.0\n`;
    for (const document of [root(60), JSON.stringify(root(1000))]) {
      assert.deepEqual(await prepareInWorker(job(document)), prepareDocument(job(document)));
    }
    await assert.rejects(prepareInWorker(job(yaml)), { code: 'invalid_document' });
  });

  test('time and memory end somewhere (documentCompileMs, documentWorkerMegabytes)', async () => {
    const bounds = { timeMs: limits.documentCompileMs, megabytes: limits.documentWorkerMegabytes };
    const large = job(JSON.stringify(root(20_000)));
    await assert.rejects(prepareInWorker(large, { ...bounds, timeMs: 1 }), /too long/);
    await assert.rejects(prepareInWorker(large, { ...bounds, megabytes: 24 }), {
      code: 'invalid_document',
    });
    assert.equal((await prepareInWorker(job(root(60)), bounds)).service.title, 'Many');
  });
});
