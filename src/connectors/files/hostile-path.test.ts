import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  link,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import {
  openConnector,
  textOf,
  type OpenedConnector,
} from '../../../test/support/open-connector.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { filesConnector } from './connector.ts';

const SECRET = 'the-secret-outside';

describe('a path that leads where it must not', () => {
  let home: string;
  let root: string;
  let service: OpenedConnector;
  const closing: (() => Promise<unknown>)[] = [];

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'hostile-'));
    root = join(home, 'root');
    await mkdir(join(root, 'inside'), { recursive: true });
    await mkdir(join(home, 'root-sibling'));
    await writeFile(join(home, 'secret'), SECRET);
    await writeFile(join(home, 'root-sibling/secret'), SECRET);
    await writeFile(join(root, 'inside/file'), 'fine');
    await symlink(join(home, 'secret'), join(root, 'link-file'));
    await symlink('../../secret', join(root, 'inside/link-up'));
    await symlink(home, join(root, 'link-folder'));
    await symlink('/proc/self', join(root, 'link-proc'));
    await symlink('inside', join(root, 'link-inside'));
    await symlink('loop', join(root, 'loop'));
    execFileSync('mkfifo', [join(root, 'pipe')]);
    const server = createServer().listen(join(root, 'socket'));
    closing.push(() => new Promise((resolve) => server.close(resolve)));
    service = await openConnector(filesConnector, {
      roots: [{ name: 'r', path: root, writable: true }],
    });
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    for (const close of closing) await close();
    await rm(home, { recursive: true });
  });

  /** Every way to name a file; none may give it away. */
  const tryAll = async (path: string): Promise<readonly string[]> => {
    const texts: string[] = [];
    const calls: readonly (readonly [string, JsonObject])[] = [
      ['read_file', { path }],
      ['list_files', { path, recursive: true }],
      ['search_files', { path, query: 'secret' }],
      ['write_file', { path, content: 'overwritten', overwrite: true, createFolders: true }],
    ];
    for (const [tool, given] of calls) {
      texts.push(textOf(await service.call(tool, given)));
    }
    for (const uri of [`files://r/${path}`, `files://r/${encodeURIComponent(path)}`, path]) {
      const read = service.request('resources/read', { uri });
      texts.push(
        await read.then(
          (result) => JSON.stringify(result),
          (error: unknown) => String(error),
        ),
      );
    }
    return texts;
  };

  const assertSafe = async (path: string): Promise<void> => {
    for (const text of await tryAll(path)) {
      assert.ok(!text.includes(SECRET), `${path} gave the secret away`);
      assert.ok(!text.includes(home), `${path} told the real path: ${text}`);
    }
    assert.equal(await readFile(join(home, 'secret'), 'utf8'), SECRET, `${path} wrote outside`);
    assert.deepEqual((await readdir(home)).toSorted(), ['root', 'root-sibling', 'secret'], path);
  };

  test('is refused however it is written', { timeout: 30_000 }, async () => {
    const paths = [
      '../secret',
      'inside/../../secret',
      'inside/../../root-sibling/secret',
      '..',
      '../root-sibling',
      '....//secret',
      '..\\secret',
      '\\\\?\\C:\\secret',
      '/etc/passwd',
      '//etc/passwd',
      `${home}/secret`,
      '~/secret',
      '..%2fsecret',
      '..%2Fsecret',
      '%2e%2e/secret',
      '%2e%2e%2fsecret',
      '..%252fsecret',
      '..%c0%afsecret',
      '\u2025/secret',
      '\uff0e\uff0e/secret',
      'secret\0.txt',
      '../secret\0',
      'inside/file\n',
      'link-file',
      'inside/link-up',
      'link-folder/secret',
      'link-folder',
      'link-inside/file',
      'link-proc/environ',
      'link-proc/root/etc/passwd',
      'link-proc/cwd',
      '/proc/self/environ',
      '../../../../../../../../proc/self/environ',
      '/dev/stdin',
      'loop',
      'loop/x',
      'inside/file/x',
      'inside/file/..',
      'file:///etc/passwd',
      'files://r/../secret',
      '.',
      '',
    ];
    for (const path of paths) await assertSafe(path);
    assert.equal(await readFile(join(root, 'inside/file'), 'utf8'), 'fine');
    assert.ok(paths.length >= 40);
  });

  test('is refused whatever else it may be', { timeout: 60_000 }, async () => {
    const part = fc.constantFrom(
      '..',
      '.',
      '',
      '/',
      '\\',
      '%2e',
      '%2f',
      'link-folder',
      'secret',
      '\0',
      'inside',
      'link-up',
      '~',
      'root',
    );
    const path = fc.array(part, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('/'));
    // Files that a write makes inside the root are not the point here.
    await fc.assert(fc.asyncProperty(path, assertSafe), { numRuns: 60 });
  });

  test(
    'a pipe, a socket or a link is neither opened nor waited for',
    { timeout: 5_000 },
    async () => {
      for (const path of ['pipe', 'socket', 'link-file', 'link-inside/file']) {
        const read = await service.call('read_file', { path });
        assert.equal(read.isError, true, path);
        const given = { path, content: 'x', overwrite: true };
        assert.equal((await service.call('write_file', given)).isError, true, path);
      }
      const listed = await service.call('list_files', { recursive: true });
      const { entries } = listed.structuredContent as { entries: { path: string }[] };
      const { resources } = await service.request('resources/list');
      const uris = (resources as unknown as { uri: string }[]).map(({ uri }) => uri);
      const seen = [...entries.map((entry) => entry.path), ...uris.map((uri) => uri.slice(10))];
      assert.ok(seen.includes('inside/file'));
      const odd = [
        'pipe',
        'socket',
        'link-file',
        'link-folder',
        'link-inside',
        'link-proc',
        'loop',
      ];
      for (const name of [...odd, 'inside/link-up']) assert.ok(!seen.includes(name), name);
    },
  );

  test('a folder swapped for a link while it is used leads nowhere else', async () => {
    const inside = join(root, 'inside');
    const aside = join(root, 'aside');
    let swapping = true;
    const swapper = (async () => {
      while (swapping) {
        await rename(inside, aside);
        await symlink(join(home, 'root-sibling'), inside);
        await rm(inside);
        await rename(aside, inside);
      }
    })();
    let reads = 0;
    for (let round = 0; round < 300; round += 1) {
      const text = textOf(await service.call('read_file', { path: 'inside/secret' }));
      assert.ok(!text.includes(SECRET));
      await service.call('write_file', { path: `inside/new-${round}`, content: 'x' });
      if (!(await service.call('read_file', { path: 'inside/file' })).isError) reads += 1;
    }
    swapping = false;
    await swapper;
    assert.ok(reads > 0, 'no read ever met the folder itself');
    assert.deepEqual(await readdir(join(home, 'root-sibling')), ['secret']);
  });

  test('a root must be a real folder', async () => {
    for (const path of [
      '/',
      '/proc',
      '/proc/self',
      '/sys',
      join(home, 'secret'),
      join(home, 'no'),
    ]) {
      if (!existsSync(path) && path === '/sys') continue;
      await using refused = await openConnector(filesConnector, { roots: [{ name: 'x', path }] });
      const discovered = refused.upstream.discover(AbortSignal.timeout(1_000));
      await assert.rejects(discovered, { code: 'invalid_configuration' }, path);
    }
    const accepts = (path: string): boolean =>
      filesConnector.config.safeParse({ roots: [{ name: 'x', path }] }).success;
    assert.deepEqual([accepts('relative'), accepts('/a\0b'), accepts('/a')], [false, false, true]);
    assert.equal(filesConnector.operatorOnly, true);
  });

  test('a hard link is a file like any other; its name is inside', async () => {
    await link(join(root, 'inside/file'), join(root, 'hard'));
    assert.equal(textOf(await service.call('read_file', { path: 'hard' })), 'fine');
  });

  test('a path has a length and so many names, and no more', async () => {
    const { filePathLengthMax, filePathSegmentsMax } = limits;
    const read = (path: string): Promise<string> => service.text('read_file', { path });
    const long = (length: number): string => 'a/'.repeat(40).padEnd(length, 'b');
    assert.match(await read(long(filePathLengthMax)), /leads to nothing|too long/);
    assert.match(await read(long(filePathLengthMax + 1)), /is longer than/);
    const names = (count: number): string => Array.from({ length: count }, () => 'a').join('/');
    assert.match(await read(names(filePathSegmentsMax)), /leads to nothing/);
    assert.match(await read(names(filePathSegmentsMax + 1)), /has more than/);
  });
});
