import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  openConnector,
  textOf,
  type OpenedConnector,
} from '../../../test/support/open-connector.ts';
import { RpcError } from '../../kernel/errors.ts';
import type { JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { filesConnector } from './connector.ts';

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E' +
    'rkJggg==',
  'base64',
);

describe('a folder of files', () => {
  let home: string;
  let path: string;
  const open = (config: object = {}): Promise<OpenedConnector> =>
    openConnector(filesConnector, { roots: [{ name: 'docs', path, ...config }] });
  const structured = async (
    service: OpenedConnector,
    tool: string,
    given: JsonObject,
  ): Promise<Record<string, unknown>> =>
    (await service.call(tool, given)).structuredContent as Record<string, unknown>;

  before(async () => {
    home = await mkdtemp(join(tmpdir(), 'files-'));
    path = join(home, 'docs');
    await mkdir(join(path, 'guide/deep'), { recursive: true });
    await writeFile(join(path, 'readme.md'), 'one\ntwo Needle\nthree\n');
    await writeFile(join(path, 'guide/deep/é x.txt'), 'needle again');
    await writeFile(join(path, 'guide/pixel.png'), PIXEL);
    await writeFile(join(path, 'data.txt'), Buffer.from([0x66, 0xff, 0x00]));
    await writeFile(join(path, 'empty'), '');
    await writeFile(join(path, '.env'), 'SECRET=needle');
  });
  after(() => rm(home, { recursive: true }));

  test('offers reading tools, and writing where it may be written', async () => {
    await using service = await open();
    const names = (await service.tools()).map(({ name }) => name);
    assert.deepEqual(names, ['list_files', 'read_file', 'search_files']);
    await using writable = await open({ writable: true });
    const tools = await writable.tools();
    assert.equal(tools.at(-1)?.name, 'write_file');
    assert.deepEqual(
      tools.map(({ annotations }) => annotations?.['readOnlyHint']),
      [true, true, true, false],
    );
    const { capabilities } = await service.upstream.discover(AbortSignal.timeout(1_000));
    assert.deepEqual(capabilities, { tools: {}, resources: {} });
  });

  test('lists folders, whole trees and what matches; hidden names are absent', async () => {
    await using service = await open();
    const paths = async (given: JsonObject): Promise<string[]> =>
      ((await structured(service, 'list_files', given))['entries'] as { path: string }[]).map(
        (entry) => entry.path,
      );
    assert.deepEqual(await paths({}), ['data.txt', 'empty', 'guide', 'readme.md']);
    const tree = ['data.txt', 'empty', 'guide', 'readme.md', 'guide/deep', 'guide/pixel.png'];
    assert.deepEqual(await paths({ recursive: true }), [...tree, 'guide/deep/é x.txt']);
    assert.deepEqual(await paths({ path: 'guide/' }), ['guide/deep', 'guide/pixel.png']);
    assert.deepEqual(await paths({ recursive: true, pattern: '*.txt' }), [
      'data.txt',
      'guide/deep/é x.txt',
    ]);
    assert.deepEqual(await paths({ recursive: true, pattern: 'guide/*' }), ['guide/pixel.png']);
    await using open2 = await openConnector(filesConnector, {
      roots: [{ name: 'docs', path }],
      hidden: true,
      exclude: ['guide/**', '*.TXT'],
    });
    const all = (await structured(open2, 'list_files', { recursive: true }))['entries'];
    assert.deepEqual(
      (all as { path: string }[]).map((entry) => entry.path),
      ['.env', 'empty', 'readme.md'],
    );
    assert.match(await open2.text('read_file', { path: 'guide/pixel.png' }), /leads to nothing/);
  });

  test('reads text by lines, pictures as pictures, bytes as bytes', async () => {
    await using service = await open();
    const read = (given: JsonObject) => service.call('read_file', given);
    assert.equal(textOf(await read({ path: 'readme.md' })), 'one\ntwo Needle\nthree');
    const second = await read({ path: 'readme.md', startLine: 2, lineCount: 1 });
    assert.equal(textOf(second), 'two Needle\nLines 2 to 2 of 3.');
    const picture = await read({ path: 'guide/pixel.png' });
    const data = PIXEL.toString('base64');
    assert.deepEqual(picture.content, [{ type: 'image', data, mimeType: 'image/png' }]);
    const resource = {
      uri: 'files://docs/data.txt',
      mimeType: 'application/octet-stream',
      blob: 'Zv8A',
    };
    assert.deepEqual((await read({ path: 'data.txt' })).content, [{ type: 'resource', resource }]);
    assert.equal(textOf(await read({ path: 'empty' })), '');
    const wrong = await read({ path: 'readme.md', startLine: 0 });
    assert.match(textOf(wrong), /Argument "startLine" must be a whole number/);
    assert.match(await service.text('read_file', { path: 'guide' }), /does not lead to a file/);
  });

  test('searches for texts and expressions', async () => {
    await using service = await open();
    const found = async (given: JsonObject): Promise<unknown> =>
      (await structured(service, 'search_files', given))['matches'];
    const upper = { path: 'readme.md', line: 2, text: 'two Needle' };
    const lower = { path: 'guide/deep/é x.txt', line: 1, text: 'needle again' };
    assert.deepEqual(await found({ query: 'needle' }), [upper, lower]);
    assert.deepEqual(await found({ query: 'needle', caseSensitive: true }), [lower]);
    assert.deepEqual(await found({ query: '^two .*le$', regex: true }), [upper]);
    assert.deepEqual(await found({ query: 'needle', pattern: '*.md' }), [upper]);
    assert.deepEqual(await found({ query: 'needle', path: 'guide' }), [lower]);
    const bad = await service.text('search_files', { query: '(?=x)', regex: true });
    assert.match(bad, /^Argument "query" is not an RE2 regular expression/);
  });

  test('are resources, by list and by template', async () => {
    await using service = await open();
    const { resources } = await service.request('resources/list');
    assert.deepEqual(
      (resources as unknown as { uri: string }[]).map(({ uri }) => uri),
      [
        'files://docs/data.txt',
        'files://docs/empty',
        'files://docs/readme.md',
        'files://docs/guide/pixel.png',
        'files://docs/guide/deep/%C3%A9%20x.txt',
      ],
    );
    const { resourceTemplates } = await service.request('resources/templates/list');
    assert.deepEqual(
      (resourceTemplates as unknown as { uriTemplate: string }[]).map((it) => it.uriTemplate),
      ['files://docs/{+path}'],
    );
    const read = async (uri: string): Promise<unknown> =>
      (await service.request('resources/read', { uri }))['contents'];
    const uri = 'files://docs/guide/deep/%C3%A9%20x.txt';
    assert.deepEqual(await read(uri), [{ uri, mimeType: 'text/plain', text: 'needle again' }]);
    const blob = {
      uri: 'files://docs/data.txt',
      mimeType: 'application/octet-stream',
      blob: 'Zv8A',
    };
    assert.deepEqual(await read(blob.uri), [blob]);
    await assert.rejects(read('files://docs/nothing'), (error) => {
      return error instanceof RpcError && error.rpcCode === -32602;
    });
  });

  test('several roots are told apart', async () => {
    await using service = await openConnector(filesConnector, {
      roots: [
        { name: 'docs', path },
        { name: 'guide', path: join(path, 'guide'), writable: true },
      ],
    });
    assert.equal(textOf(await service.call('read_file', { root: 'docs', path: 'empty' })), '');
    const missing = await service.text('read_file', { path: 'empty' });
    assert.equal(missing, 'Argument "root" is missing; the tool needs it.');
    const unknown = await service.text('read_file', { root: 'x', path: 'empty' });
    assert.equal(unknown, 'Argument "root" must be one of: docs, guide.');
    const [tool] = (await service.tools()).slice(-1);
    assert.ok(tool?.name === 'write_file');
    // Of one writable root nothing has to be said.
    assert.equal((tool.inputSchema['properties'] as JsonObject)['root'], undefined);
  });

  test('is written whole or not at all, and only on purpose', async () => {
    const place = await mkdtemp(join(home, 'writable-'));
    await using service = await openConnector(filesConnector, {
      roots: [{ name: 'out', path: place, writable: true }],
    });
    const write = (given: JsonObject): Promise<string> => service.text('write_file', given);
    assert.match(await write({ path: 'a.txt', content: 'é' }), /^Created: 2 bytes/);
    assert.match(await write({ path: 'a.txt', content: 'b' }), /something that exists already/);
    await chmod(join(place, 'a.txt'), 0o640);
    const again = { path: 'a.txt', content: 'AQI=', encoding: 'base64', overwrite: true };
    assert.match(await write(again), /^Replaced: 2 bytes/);
    assert.deepEqual(await readFile(join(place, 'a.txt')), Buffer.of(1, 2));
    assert.equal((await stat(join(place, 'a.txt'))).mode & 0o777, 0o640);
    assert.match(await write({ path: 'x/y/b', content: '' }), /leads to nothing here/);
    assert.match(await write({ path: 'x/y/b', content: '', createFolders: true }), /^Created/);
    assert.match(await write({ path: 'x', content: '', overwrite: true }), /not lead to a file/);
    assert.match(await write({ path: '.hidden', content: '' }), /leads to nothing here/);
    assert.match(await write({ path: 'c', content: '%%', encoding: 'base64' }), /is not base64/);
    assert.match(await write({ path: 'c', content: 5 }), /"content" must be a text/);
    const most = 'x'.repeat(limits.fileWriteBytesMax);
    assert.match(await write({ path: 'big', content: most }), /^Created/);
    assert.match(await write({ path: 'bigger', content: `${most}x` }), /has more than/);
    assert.deepEqual((await readdir(place)).toSorted(), ['a.txt', 'big', 'x']);
    await using reader = await open();
    await assert.rejects(reader.call('write_file', { path: 'a', content: '' }), RpcError);
  });
});
