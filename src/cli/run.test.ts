import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { commands } from './commands.ts';
import { run } from './run.ts';

/** Runs a command line; resolves to its exit code and what it wrote. */
async function cli(...argv: readonly string[]) {
  let out = '';
  let error = '';
  const terminal = {
    out: (text: string) => void (out += text),
    error: (text: string) => void (error += text),
  };
  return { code: await run(argv, terminal), out, error };
}

describe('the command line', () => {
  it('lists every command in its help, and every flag of a command', async () => {
    const { code, out } = await cli('help');
    assert.equal(code, 0);
    assert.ok(Object.keys(commands).length >= 7);
    for (const [name, load] of Object.entries(commands)) {
      const command = await load();
      assert.match(out, new RegExp(`^ {2}${name} `, 'm'));
      const own = (await cli('help', name)).out;
      assert.deepEqual(
        Object.keys(command.help).toSorted(),
        Object.keys(command.options).toSorted(),
      );
      for (const flag of Object.keys(command.options))
        assert.match(own, new RegExp(`--${flag}\\b`));
      assert.equal((await cli(name, '--help')).out, own);
    }
    assert.match((await cli('--version')).out, /^mcp-gateway \d+\.\d+\.\d+ \(Node v\d+/);
  });

  it('says in one sentence what was wrong, with exit code 2', async () => {
    const cases: readonly (readonly [readonly string[], string])[] = [
      [['sreve'], 'There is no command "sreve"; did you mean serve?'],
      [['help', 'kye'], 'There is no command "kye"; did you mean key?'],
      [['xyzzy'], 'There is no command "xyzzy"; see mcp-gateway help.'],
      [['--prt', '1'], 'serve has no flag --prt; did you mean --port?'],
      [['serve', '--port'], "Option '-p, --port <value>' argument missing."],
      [['config', 'show'], 'config has no action "show"; use explain, check or schema.'],
      [['config', 'check', '--set', 'a'], '--set takes key=value, not "a".'],
      [
        ['config', 'check', '--set=log.lvl=1'],
        'Unknown key "log.lvl" in --set; did you mean "log.level"?',
      ],
      [['config', 'check', '--port=x'], '"server.port" in --port must be a number, not "x".'],
      [['serve', '--config=/none.yaml'], 'The configuration file /none.yaml does not exist.'],
      [
        ['key', 'list', '--url=http://127.0.0.1:1'],
        'Give an API key in MCP_GATEWAY_KEY or with --key.',
      ],
      [['key', 'list', '--key=k', '--url=nowhere'], '"nowhere" is not a URL.'],
      [['key', 'make'], 'Use key create, list, rotate or revoke.'],
      [['key', 'create', '--key=k'], 'Give the key a name: key create <name>.'],
      [['keys', 'burn'], 'Use keys list, check, rotate, promote, forget or rotate-tokens.'],
      [['service', 'add', '--key=k'], 'Give a URL, --openapi or --command.'],
      [['service', 'add', '--openapi=/none'], 'The file /none cannot be read.'],
    ];
    for (const [argv, sentence] of cases) {
      const { code, out, error } = await cli(...argv);
      assert.deepEqual(
        { code, out, error },
        { code: 2, out: '', error: `mcp-gateway: ${sentence}\n` },
      );
    }
  });

  it('explains the configuration and keeps the secrets of services', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'gateway-cli-'));
    const file = join(folder, 'c.yaml');
    const url = 'http://u:hidden@h';
    const service = `{slug: a, kind: mcp-http, config: {url: "${url}"}, secrets: {T: hidden}}`;
    const key = Buffer.from('hidden'.repeat(6)).toString('base64');
    const keys = `keys: [{id: k2, secret: ${key}}]`;
    writeFileSync(file, `server: {port: 9}\nservices: [${service}]\n${keys}\n`);
    const { code, out } = await cli('config', '-c', file, '--log-level=warn');
    rmSync(folder, { recursive: true });
    assert.equal(code, 0, out);
    assert.match(out, /^server\.port +9 +\/.*c\.yaml +Port the gateway/m);
    assert.match(out, /^log\.level +warn +--log-level +/m);
    assert.match(out, /^server\.host +127\.0\.0\.1 +default +/m);
    assert.match(out, /^services +a \(mcp-http: url, T=\*\*\*\)/m);
    assert.match(out, /^keys +k2=\*\*\* /m);
    assert.doesNotMatch(out, /hidden/);
    assert.equal(out.includes(key), false);
  });
});

describe('commands against a gateway', () => {
  const seen: { method: string; url: string; body: unknown; authorization: unknown }[] = [];
  let server: Server;
  let place: readonly string[] = [];
  let answer: { status: number; body: unknown } = { status: 200, body: {} };

  before(async () => {
    server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        const { method = '', url = '', headers } = request;
        const body: unknown = text === '' ? undefined : JSON.parse(text);
        seen.push({ method, url, body, authorization: headers.authorization });
        response.writeHead(answer.status, { connection: 'close' });
        response.end(answer.status === 204 ? '' : JSON.stringify(answer.body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    place = [`--url=http://127.0.0.1:${port}/`, '--key=mgw_test'];
  });
  after(() => server.close());

  const call = async (status: number, body: unknown, ...argv: readonly string[]) => {
    answer = { status, body };
    const result = await cli(...argv.slice(0, 2), ...place, ...argv.slice(2));
    return { ...result, request: seen.at(-1) };
  };

  const service = {
    slug: 'orders',
    kind: 'openapi',
    title: 'Orders\u001b[2J',
    health: { state: 'ready', era: null, lastError: null },
    counts: { tools: 1, prompts: 0, resources: 0 },
    tools: [{ publicName: 'orders__list', description: 'Lists.\nMore.' }],
  };

  it('lists services without obeying what their names hold', async () => {
    const { code, out, request } = await call(200, { services: [service] }, 'service', 'list');
    assert.equal(code, 0);
    assert.deepEqual(request, {
      method: 'GET',
      url: '/services',
      body: undefined,
      authorization: 'Bearer mgw_test',
    });
    assert.match(out, /^orders +openapi +ready +- +1 +Orders\ufffd\[2J +-$/m);
  });

  it('registers by URL, by document and by command', async () => {
    const add = (...words: string[]) => call(201, service, 'service', 'add', ...words);
    const byUrl = await add('https://h/mcp', '--slug=a', '--token=t', '--header=X-A: b: c');
    assert.equal(byUrl.request?.url, '/register-service');
    const body = { url: 'https://h/mcp', slug: 'a', token: 't', headers: { 'X-A': 'b: c' } };
    assert.deepEqual(byUrl.request?.body, body);
    assert.match(
      byUrl.out,
      /^orders \(openapi\) is ready: tools 1,.*\n {2}orders__list +Lists\.\n$/,
    );
    const byDocument = await add('--openapi=https://h/openapi.json', '--base-url=https://h');
    assert.deepEqual(byDocument.request?.body, {
      openapi: 'https://h/openapi.json',
      baseUrl: 'https://h',
    });
    const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
    mkdirSync(join(folder, 'paths'));
    writeFileSync(join(folder, 'main.yaml'), 'openapi: 3.1.0');
    writeFileSync(join(folder, 'paths', 'a.yaml'), 'get: {}');
    writeFileSync(join(folder, 'README.md'), '# A');
    const byFiles = await add(`--openapi=${join(folder, 'main.yaml')}`, `--files=${folder}`);
    assert.deepEqual(byFiles.request?.body, {
      openapi: 'openapi: 3.1.0',
      files: { 'paths/a.yaml': 'get: {}' },
    });
    rmSync(folder, { recursive: true });
    const byCommand = await add('--command=npx', '--env=A=b=c', '--', '-y', 'pkg');
    assert.deepEqual(byCommand.request?.body, {
      command: 'npx',
      args: ['-y', 'pkg'],
      env: { A: 'b=c' },
    });
  });

  it('switches and removes services', async () => {
    for (const verb of ['enable', 'disable', 'refresh']) {
      const { request } = await call(200, service, 'service', verb, 'a b');
      assert.deepEqual([request?.method, request?.url], ['POST', `/services/a%20b/${verb}`]);
    }
    const { out, request } = await call(204, '', 'service', 'remove', 'orders');
    assert.deepEqual(
      [request?.method, request?.url, out],
      ['DELETE', '/services/orders', 'Removed orders.\n'],
    );
  });

  it('makes, lists and revokes keys', async () => {
    const key = { id: 'key_1', name: 'ci', prefix: 'mgw_a', userId: 'usr_1', createdAtMs: 0 };
    const made = await call(
      201,
      { ...key, apiKey: 'mgw_new' },
      'key',
      'create',
      'ci',
      '--expires-days=1',
    );
    assert.equal(made.out, 'mgw_new\n', 'only the key on stdout, ready for a script');
    const body = made.request?.body as { name: string; expiresAtMs: number } | undefined;
    assert.equal(body?.name, 'ci');
    assert.ok(Math.abs(body.expiresAtMs - Date.now() - 86_400_000) < 10_000);
    assert.deepEqual(Object.keys(body), ['name', 'expiresAtMs']);
    const listed = await call(200, { keys: [key] }, 'key', 'list');
    assert.match(listed.out, /^key_1 +ci +mgw_a… +usr_1 +1970-01-01T00:00:00\.000Z +- +-$/m);
    const revoked = await call(204, '', 'key', 'revoke', 'key_1');
    assert.equal(revoked.request?.url, '/api/v1/keys/key_1');
  });

  it('makes keys with limits from flags that may be repeated', async () => {
    const flags = [
      '--tool=orders__get*',
      '--tool=mail__*',
      '--prompt=*__greet',
      '--service=orders',
    ];
    const more = ['--scope=mcp.use', '--scope', 'keys.own', '--resource', 'file:///a?b=*'];
    const limited = await call(201, { apiKey: 'k' }, 'key', 'create', 'ci', ...flags, ...more);
    assert.deepEqual(limited.request?.body, {
      name: 'ci',
      scopes: ['mcp.use', 'keys.own'],
      access: {
        services: ['orders'],
        tools: ['orders__get*', 'mail__*'],
        prompts: ['*__greet'],
        resources: ['file:///a?b=*'],
      },
    });
  });

  it('shows usage', async () => {
    const record = {
      startedAtMs: 0,
      method: 'tools/call',
      tool: 'a',
      outcome: 'ok',
      durationMs: 1.5,
    };
    const { out, request } = await call(
      200,
      { records: [record] },
      'usage',
      '--limit=5',
      '--service=a',
    );
    assert.equal(request?.url, '/api/v1/usage?service=a&limit=5');
    assert.match(out, /tools\/call +a +ok +1\.5 +- +- +- +-$/m);
    assert.match((await call(200, { records: 3 }, 'usage', 'summary')).out, /^records +3$/m);
    assert.equal(
      (await call(200, { records: 3 }, 'usage', 'summary', '--json')).out,
      '{"records":3}\n',
    );
  });

  it('passes on what the gateway refuses, with exit code 1', async () => {
    const problem = {
      detail: 'slug is too long.',
      errors: [{ field: 'slug', problem: 'is too long', fix: 'At most 32 characters.' }],
    };
    const refused = await call(400, problem, 'service', 'add', 'https://h');
    assert.equal(refused.code, 1);
    assert.equal(refused.error, 'mcp-gateway: slug is too long: At most 32 characters.\n');
    const strange = await call(502, 'bad', 'key', 'list');
    assert.equal(strange.error, 'mcp-gateway: The gateway answered with status 502.\n');
    const nobody = await cli('key', 'list', '--key=k', '--url=http://127.0.0.1:1');
    assert.equal(nobody.code, 1);
    assert.match(
      nobody.error,
      /^mcp-gateway: No gateway answers at http:\/\/127\.0\.0\.1:1 \(.+\)\.\n$/,
    );
  });
});
