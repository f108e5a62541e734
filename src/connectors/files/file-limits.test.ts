import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  openConnector,
  textOf,
  type OpenedConnector,
} from '../../../test/support/open-connector.ts';
import { Cancellation } from '../../kernel/cancellation.ts';
import { limits } from '../../kernel/limits.ts';
import { filesConnector } from './connector.ts';
import { openRoots } from './file-root.ts';
import { walkFiles } from './walk-files.ts';

describe('the limits of a file service', () => {
  let path: string;
  let service: OpenedConnector;

  before(async () => {
    path = await mkdtemp(join(tmpdir(), 'file-limits-'));
    await mkdir(join(path, 'many'));
    const count = limits.fileEntriesMax + 1;
    for (let at = 0; at < count; at += 1) {
      const name = `f${String(at).padStart(5, '0')}`;
      await writeFile(join(path, 'many', name), at < limits.fileSearchMatchesMax + 1 ? 'hit' : '');
    }
    await writeFile(join(path, 'full'), Buffer.alloc(limits.fileReadBytesMax, 0x61));
    await writeFile(join(path, 'over'), Buffer.alloc(limits.fileReadBytesMax + 1, 0x61));
    await writeFile(join(path, 'bytes'), Buffer.alloc(limits.toolBinaryBytesMax));
    await writeFile(
      join(path, 'lines'),
      'abcdefghi\n'.repeat(limits.toolTextCharactersMax / 10 + 1),
    );
    service = await openConnector(filesConnector, { roots: [{ name: 'r', path }] });
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await rm(path, { recursive: true });
  });

  test('a file of so many bytes is read, and none with more', async () => {
    assert.match(
      await service.text('read_file', { path: 'full' }),
      /Line 1 is cut: it has 4194304/,
    );
    assert.match(
      await service.text('read_file', { path: 'over' }),
      /4194305 bytes; at most 4194304/,
    );
    const bytes = await service.call('read_file', { path: 'bytes' });
    assert.equal(bytes.isError, undefined);
    const lines = textOf(await service.call('read_file', { path: 'lines' }));
    assert.match(lines.slice(-40), /Lines 1 to 10000 of 10001\.$/);
    const last = await service.text('read_file', { path: 'lines', startLine: 10_001 });
    assert.equal(last, 'abcdefghi\nLines 10001 to 10001 of 10001.');
  });

  test('a list shows so many entries and says that there are more', async () => {
    const list = async (pattern: string): Promise<{ entries: unknown[]; truncated: boolean }> =>
      (await service.call('list_files', { path: 'many', pattern })).structuredContent as never;
    const all = await list('*');
    assert.equal(all.entries.length, limits.fileEntriesMax);
    assert.equal(all.truncated, true);
    const fewer = await list('f00*');
    assert.deepEqual([fewer.entries.length, fewer.truncated], [1_000, false]);
    const { resources } = await service.request('resources/list');
    assert.equal((resources as []).length, limits.fileResourcesMax);
  });

  test('a search returns so many matches and says that there may be more', async () => {
    const search = async (pattern: string): Promise<{ matches: unknown[]; truncated: boolean }> =>
      (await service.call('search_files', { query: 'hit', path: 'many', pattern }))
        .structuredContent as never;
    const all = await search('*');
    assert.equal(all.matches.length, limits.fileSearchMatchesMax);
    assert.equal(all.truncated, true);
    const fewer = await search('f000[0-9]*');
    assert.deepEqual([fewer.matches.length, fewer.truncated], [0, false]);
    const hundred = await search('f000*');
    assert.deepEqual([hundred.matches.length, hundred.truncated], [100, false]);
    assert.ok(limits.fileSearchBytesMax >= limits.fileReadBytesMax);
    const { filePathLengthMax } = limits;
    const long = 'x'.repeat(filePathLengthMax + 1);
    assert.match(await service.text('search_files', { query: long }), /must have 1 to/);
  });

  test('a search ends in time, however it is asked and whatever it reads', async () => {
    // Exponential for an engine that backtracks.
    const started = Date.now();
    const found = await service.call('search_files', { query: '(a+)+$b', regex: true, path: '' });
    assert.deepEqual((found.structuredContent as { matches: unknown[] }).matches, []);
    assert.ok(Date.now() - started < limits.fileSearchMs);
  });

  test('a walk looks at so many names and no more', async () => {
    const [root] = await openRoots({ roots: [{ name: 'r', path }] });
    assert.ok(root !== undefined);
    const seen = async (visitsMax: number): Promise<readonly [number, boolean]> => {
      const cancellation = new Cancellation();
      const walk = walkFiles(root, ['many'], { recursive: true, visitsMax, cancellation });
      let count = 0;
      for (;;) {
        const next = await walk.next();
        if (next.done === true) return [count, next.value.partial];
        count += 1;
      }
    };
    assert.deepEqual(await seen(1_001), [1_001, false]);
    assert.deepEqual(await seen(1_000), [1_000, true]);
    assert.ok(limits.fileSearchFilesMax > limits.fileEntriesMax);
  });

  test('a cancelled call ends', async () => {
    await using other = await openConnector(filesConnector, { roots: [{ name: 'r', path }] });
    other.cancellation.cancel('client_gone');
    const search = other.call('search_files', { query: 'x' });
    await assert.rejects(search, { code: 'cancelled' });
  });
});
