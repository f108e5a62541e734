import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { run } from './run.ts';

const document = JSON.stringify({
  openapi: '3.1.0',
  info: { title: 'Pets', version: '1' },
  servers: [{ url: 'https://api.example' }],
  paths: { '/pets': { get: { operationId: 'listPets' }, post: { operationId: 'addPet' } } },
});

async function cli(...argv: readonly string[]) {
  const said = { out: '', error: '' };
  const code = await run(['generate', ...argv], {
    out: (text) => void (said.out += text),
    error: (text) => void (said.error += text),
  });
  return { code, ...said };
}

describe('generate', () => {
  let folder = '';
  const at = (name: string): string => join(folder, name);
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'generate-'));
    await writeFile(at('pets.json'), document);
    await writeFile(at('broken.json'), '{"openapi": "3.1.0"');
    await writeFile(at('words.yaml'), overlay);
    await writeFile(at('config.yaml'), 'tools:\n  addPet: { hidden: true }\n');
    await writeFile(at('wrong.yaml'), 'toolz: {}\n');
  });
  after(() => rm(folder, { recursive: true }));

  const overlay = [
    'overlay: 1.0.0',
    'info: { title: words, version: 1 }',
    'actions: [{ target: "$.paths.*.get", update: { summary: Every pet } }]',
  ].join('\n');

  test('writes a project, with the curation of files and flags', async () => {
    const flags = ['--config', at('config.yaml'), '--overlay', at('words.yaml'), '--name', 'zoo'];
    const header = ['--header', 'X-Key: ${KEY}', '--base-url', 'https://zoo.example/v1'];
    const first = await cli(at('pets.json'), '--out', at('one'), ...flags, ...header);
    assert.deepEqual([first.code, first.error], [0, '']);
    assert.match(first.out, /^Wrote zoo to .*: 1 tool in \d+ files\./);
    const tools = await readFile(at('one/data/tools.json'), 'utf8');
    assert.match(tools, /Every pet/);
    assert.doesNotMatch(tools, /addPet/);
    const service = await readFile(at('one/data/service.json'), 'utf8');
    assert.match(service, /"X-Key": "\$\{KEY\}"/);
    assert.match(service, /"baseUrl": "https:\/\/zoo\.example\/v1"/);
  });

  test('reads a document from its address, whose servers are relative to it', async () => {
    const server = createServer((_request, response) => response.end(document));
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/openapi.json`;
      const { code, error } = await cli(url, '--out', at('two'));
      assert.deepEqual([code, error], [0, '']);
      const service = await readFile(at('two/data/service.json'), 'utf8');
      assert.ok(service.includes(`"documentUrl": "${url}"`));
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  test('says in one sentence what stands in the way, and writes nothing', async () => {
    await writeFile(at('taken'), '');
    const cases: readonly (readonly [readonly string[], RegExp])[] = [
      [[], /^mcp-gateway: Give an OpenAPI document: /],
      [[at('pets.json')], /^mcp-gateway: Give a folder with --out\.\n$/],
      [[at('none.json'), '--out', at('x')], /^mcp-gateway: The file .* cannot be read\.\n$/],
      [[at('broken.json'), '--out', at('x')], /^mcp-gateway: [^\n]+\n$/],
      [
        [at('pets.json'), '--out', at('x'), '--name', '../x'],
        /^mcp-gateway: --name takes [^\n]+\n$/,
      ],
      [[at('pets.json'), '--out', at('x'), '--config', at('wrong.yaml')], /toolz[^\n]*\n$/],
      [[at('pets.json'), '--out', folder], /^mcp-gateway: The folder .* is not empty; [^\n]+\n$/],
      [[at('pets.json'), '--out', at('taken')], /^mcp-gateway: .* is a file, not a folder\.\n$/],
    ];
    const held = await readdir(folder);
    for (const [argv, wanted] of cases) {
      const { code, error } = await cli(...argv);
      assert.notEqual(code, 0, argv.join(' '));
      assert.match(error, wanted);
    }
    assert.deepEqual(await readdir(folder), held);
  });
});
