import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Json, JsonObject } from '../../../kernel/json.ts';
import type { Egress } from '../../../kernel/egress.ts';
import { openapiConfig } from '../prepare/config.ts';
import { generateServer, type GeneratedServer } from './generate-server.ts';

const refuse = (): Promise<never> => Promise.reject(new Error('nothing is to be fetched'));
const egress: Egress = { request: refuse, connect: refuse, openWebSocket: refuse };

const document = (more: JsonObject = {}): JsonObject => ({
  openapi: '3.1.0',
  info: { title: 'Pets & Co', version: '2' },
  paths: { '/pets': { get: { operationId: 'list-pets', security: [{ main: [] }] } } },
  ...more,
});

const generate = (config: JsonObject, name?: string): Promise<GeneratedServer> =>
  generateServer(openapiConfig.parse(config), { name, egress });

const dataOf = ({ files }: GeneratedServer): JsonObject =>
  JSON.parse(files.get('data/service.json') ?? '') as JsonObject;

const scheme = (value: Json): JsonObject =>
  document({ components: { securitySchemes: { main: value } } });

describe('generating a server', () => {
  test('names, functions and data come from the document', async () => {
    const server = await generate({ document: document() });
    assert.equal(server.name, 'pets-co');
    assert.match(
      server.files.get('src/operations/list_pets.ts') ?? '',
      /\$callTool\(\$service, "list-pets"/,
    );
    assert.equal((await generate({ document: document() }, 'mine')).name, 'mine');
    assert.ok(!server.files.has('data/document.txt'));
    const whole = await generate({ document: document(), exposure: 'resources' });
    assert.match(whole.files.get('data/document.txt') ?? '', /^\{"openapi"/);
  });

  test('no name of an operation meets another, nor a word of the language', async () => {
    const ids = [
      'a',
      'A',
      'a_2',
      'class',
      'AArguments',
      'a-b',
      'a_b',
      'con',
      'index',
      '7',
      'Promise',
    ];
    const paths = ids.map((operationId, at): [string, Json] => [
      `/${at}`,
      { get: { operationId } },
    ]);
    const server = await generate({ document: document({ paths: Object.fromEntries(paths) }) });
    const index = server.files.get('src/operations/index.ts') ?? '';
    const names = [...index.matchAll(/\{ (\w+), type (\w+) \}/g)].flatMap(([, one, two]) => [
      one,
      two,
    ]);
    assert.equal(new Set(names.map((name) => name?.toLowerCase())).size, ids.length * 2);
    for (const word of ['class', 'con', 'index', 'Promise', 'AArguments']) {
      assert.ok(names.includes(`${word}_`), word);
    }
  });

  test('a document without operations is refused', async () => {
    const empty = document({ paths: {} });
    await assert.rejects(() => generate({ document: empty }), /no operation to call/);
  });

  test('each scheme has variables of its own, and none that the document chooses', async () => {
    const cases = [
      [{ type: 'http', scheme: 'bearer' }, [['CREDENTIAL_MAIN']]],
      [{ type: 'apiKey', in: 'query', name: 'k' }, [['CREDENTIAL_MAIN']]],
      [
        { type: 'http', scheme: 'basic' },
        [['CREDENTIAL_MAIN_USERNAME', 'CREDENTIAL_MAIN_PASSWORD'], ['CREDENTIAL_MAIN']],
      ],
    ] as const;
    for (const [value, variables] of cases) {
      const server = await generate({ document: scheme(value) });
      const { main } = dataOf(server)['credentials'] as { readonly main: readonly JsonObject[] };
      assert.deepEqual(
        main.map((way) => way['variables']),
        variables,
      );
      for (const name of variables.flat()) {
        assert.ok(server.files.get('README.md')?.includes(`| \`${name}\` |`), name);
      }
    }
  });

  test('no secret is written out', async () => {
    const value = scheme({ type: 'http', scheme: 'bearer' });
    const out = { document: value, credentials: { main: { value: 's3cret' } } };
    await assert.rejects(() => generate(out), /Name the secret of the credential "main"/);
    const header = { document: value, headers: { Authorization: 'Bearer s3cret' } };
    await assert.rejects(() => generate(header), /Name the secret of the header "Authorization"/);
    const server = await generate({
      document: value,
      credentials: { main: { value: 'x-${pet.key}-${PORT}' } },
      headers: { 'X-Plain': 'yes', Authorization: 'Bearer ${T_1}' },
    });
    const { credentials, settings } = dataOf(server) as { readonly [key: string]: JsonObject };
    assert.deepEqual(credentials?.['main'], [
      {
        variables: ['PET_KEY', 'SECRET_PORT'],
        credential: { value: 'x-${PET_KEY}-${SECRET_PORT}' },
      },
    ]);
    assert.deepEqual(settings?.['headers'], { 'X-Plain': 'yes', Authorization: 'Bearer ${T_1}' });
  });
});
