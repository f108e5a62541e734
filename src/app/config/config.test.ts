import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import * as fc from 'fast-check';
import { GatewayError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import { checkServices } from '../commands/check-services.ts';
import { configKeys } from './config-keys.ts';
import { configJsonSchema } from './config-schema.ts';
import { loadConfig, type ConfigSources } from './config.ts';

describe('the configuration', () => {
  let folder = '';
  before(() => (folder = mkdtempSync(join(tmpdir(), 'gateway-config-'))));
  after(() => rmSync(folder, { recursive: true }));

  const load = (sources: ConfigSources = {}) => loadConfig({ folder, environment: {}, ...sources });

  /** Loads with one file of this name in place. */
  const withFile = (name: string, text: string, sources: ConfigSources = {}) => {
    writeFileSync(join(folder, name), text);
    try {
      return load(sources);
    } finally {
      rmSync(join(folder, name));
    }
  };

  const problem = (action: () => unknown): string => {
    let text = '';
    assert.throws(action, (error: unknown) => {
      assert.ok(error instanceof GatewayError);
      assert.equal(error.code, 'invalid_configuration');
      text = error.message;
      return true;
    });
    assert.doesNotMatch(text, /\n/, 'one line');
    return text;
  };

  it('has a default for every key', () => {
    const { config, origins } = load();
    assert.equal(config.server.host, '127.0.0.1');
    assert.equal(config.server.port, 8090);
    assert.equal(config.data.directory, join(folder, '.mcp-gateway'));
    assert.equal(config.metering.durability, 'standard');
    assert.equal(config.egress.allowLoopback, false);
    assert.deepEqual(config.services, []);
    assert.equal(origins.size, 0);
  });

  it('lets environment win over the file, and flags over both, and remembers the origin', () => {
    const file = 'server: { port: 1, host: 0.0.0.0 }\nlog: { level: warn }\n';
    const { config, origins } = withFile('mcp-gateway.yaml', file, {
      environment: { MCP_GATEWAY_SERVER_PORT: '2', MCP_GATEWAY_LOG_LEVEL: 'error' },
      flags: [{ key: 'server.port', text: '3', flag: '--port' }],
    });
    assert.deepEqual(config.server.port, 3);
    assert.deepEqual(config.server.host, '0.0.0.0');
    assert.deepEqual(config.log.level, 'error');
    assert.deepEqual(Object.fromEntries(origins), {
      'server.port': '--port',
      'server.host': 'mcp-gateway.yaml',
      'log.level': 'MCP_GATEWAY_LOG_LEVEL',
    });
  });

  it('reads JSON too, a named file, and an empty file', () => {
    assert.equal(withFile('mcp-gateway.json', '{"server":{"port":7}}').config.server.port, 7);
    assert.equal(withFile('mcp-gateway.yml', '# nothing\n').config.server.port, 8090);
    const named = withFile('other.yaml', 'server: {port: 9}', { file: 'other.yaml' });
    assert.equal(named.config.server.port, 9);
    assert.equal(named.origins.get('server.port'), 'other.yaml');
    const byVariable = withFile('other.yaml', 'server: {port: 9}', {
      environment: { MCP_GATEWAY_CONFIG: 'other.yaml' },
    });
    assert.equal(byVariable.config.server.port, 9);
  });

  it('names an unknown key and the key that was meant', () => {
    assert.equal(
      problem(() => withFile('mcp-gateway.yaml', 'server: { prot: 1 }')),
      'Unknown key "server.prot" in mcp-gateway.yaml; did you mean "server.port"?',
    );
    assert.equal(
      problem(() => withFile('mcp-gateway.yaml', 'port: 1')),
      'Unknown key "port" in mcp-gateway.yaml; did you mean "server.port"?',
    );
    assert.equal(
      problem(() => withFile('mcp-gateway.json', '{"xyzzy": 1}')),
      'Unknown key "xyzzy" in mcp-gateway.json.',
    );
    assert.match(
      problem(() => withFile('mcp-gateway.yaml', 'services: [{slug: a, knd: b, config: {}}]')),
      /^Unknown key "services\[0\]\.knd" .* mean "services\[0\]\.kind"\?$/,
    );
    assert.equal(
      problem(() => load({ environment: { MCP_GATEWAY_SERVER_PROT: '1' } })),
      'Unknown environment variable MCP_GATEWAY_SERVER_PROT; did you mean MCP_GATEWAY_SERVER_PORT?',
    );
    assert.equal(
      problem(() => load({ flags: [{ key: 'log.levle', text: 'info', flag: '--set' }] })),
      'Unknown key "log.levle" in --set; did you mean "log.level"?',
    );
  });

  it('takes databaseConnectionsMax connections to PostgreSQL and no more', () => {
    const most = limits.databaseConnectionsMax;
    const wanting = (poolMax: number) =>
      withFile('mcp-gateway.yaml', `database: {poolMax: ${poolMax}}`);
    assert.equal(wanting(most).config.database.poolMax, most);
    assert.match(
      problem(() => wanting(most + 1)),
      /"database\.poolMax" in .* must be at most 200/,
    );
  });

  it('says nothing of a database URL that is wrong', () => {
    const urls = ['mysql://me:hush@h/x', 'postgres://me:hush@h:port/x', 'postgres://h/x?a=b'];
    for (const url of urls) {
      assert.equal(
        problem(() => load({ environment: { MCP_GATEWAY_DATABASE_URL: url } })),
        '"database.url" in MCP_GATEWAY_DATABASE_URL must be a postgres: URL without parameters.',
      );
    }
  });

  it('says what a bad value must be and where it came from', () => {
    const cases: readonly [string, string][] = [
      ['server: { port: eighty }', '"server.port" in F must be a number, not "eighty".'],
      ['server: { port: 65536 }', '"server.port" in F must be at most 65535, not 65536.'],
      ['server: { port: 1.5 }', '"server.port" in F must be a whole number, not 1.5.'],
      [
        'server: { publicUrl: "ftp://x" }',
        '"server.publicUrl" in F must be an http: or https: URL, not "ftp://x".',
      ],
      ['server: 5', '"server" in F must be an object, not 5.'],
      [
        'log: { level: loud }',
        '"log.level" in F must be one of debug, info, warn, error, silent, not "loud".',
      ],
      ['services: [{slug: a}]', '"services[0].kind" in F is missing.'],
      [
        'services: [{slug: A b, kind: x, config: {}}]',
        '"services[0].slug" in F must be lower-case letters, digits and single hyphens, not "A b".',
      ],
      [
        'services: [{slug: a, kind: x, config: {}, secrets: {T: 5}}]',
        '"services[0].secrets.T" in F must be a string or { "env": "NAME" }.',
      ],
      ['[1]', 'F must hold one object of settings.'],
    ];
    for (const [text, expected] of cases) {
      const sentence = problem(() => withFile('mcp-gateway.yaml', text));
      assert.equal(sentence.replace('mcp-gateway.yaml', 'F'), expected);
    }
    assert.equal(
      problem(() => load({ environment: { MCP_GATEWAY_SERVER_PORT: 'x' } })),
      '"server.port" in MCP_GATEWAY_SERVER_PORT must be a number, not "x".',
    );
    assert.equal(
      problem(() => load({ flags: [{ key: 'egress.allowLoopback', text: 'yes', flag: '--set' }] })),
      '"egress.allowLoopback" in --set must be true or false, not "yes".',
    );
  });

  it('refuses a file that is missing, broken, or one of two', () => {
    assert.equal(
      problem(() => load({ file: 'none.yaml' })),
      'The configuration file none.yaml does not exist.',
    );
    assert.match(
      problem(() => withFile('mcp-gateway.json', '{"server":')),
      /^mcp-gateway\.json is not valid JSON: /,
    );
    assert.match(
      problem(() => withFile('mcp-gateway.yaml', 'server: {\nport')),
      /^mcp-gateway\.yaml is not valid YAML: .*line \d/,
    );
    assert.match(
      problem(() => withFile('mcp-gateway.yaml', 'a: 1\na: 2\n')),
      /not valid YAML: Map keys must be unique/,
    );
    writeFileSync(join(folder, 'mcp-gateway.yml'), '');
    assert.match(
      problem(() => withFile('mcp-gateway.json', '{}')),
      /both mcp-gateway\.json and mcp-gateway\.yml/,
    );
    rmSync(join(folder, 'mcp-gateway.yml'));
  });

  it('takes lists and booleans from the environment; an empty variable is unset', () => {
    const { config } = load({
      environment: {
        MCP_GATEWAY_SERVER_ALLOWED_HOSTS: 'a.example, b.example,',
        MCP_GATEWAY_EGRESS_ALLOW_LOOPBACK: 'true',
        MCP_GATEWAY_SERVER_PORT: '',
        // Kubernetes gives these to every pod next to a Service named mcp-gateway.
        MCP_GATEWAY_SERVICE_HOST: '10.0.0.1',
        MCP_GATEWAY_SERVICE_PORT_HTTP: '8090',
        MCP_GATEWAY_PORT: 'tcp://10.0.0.1:8090',
        MCP_GATEWAY_PORT_8090_TCP_ADDR: '10.0.0.1',
      },
    });
    assert.deepEqual(config.server.allowedHosts, ['a.example', 'b.example']);
    assert.equal(config.egress.allowLoopback, true);
    assert.equal(config.server.port, 8090);
  });

  it('reads the secrets of declared services from the environment', () => {
    const file = 'services: [{slug: a, kind: mcp, config: {}, secrets: {T: {env: TOKEN}, U: u}}]';
    const { config } = withFile('mcp-gateway.yaml', file, { environment: { TOKEN: 'secret' } });
    assert.deepEqual(config.services[0]?.secrets, { T: 'secret', U: 'u' });
    assert.equal(
      problem(() => withFile('mcp-gateway.yaml', file)),
      'The secret "T" of service "a" needs the environment variable TOKEN, which is not set.',
    );
    const twice = 'services: [{slug: a, kind: x, config: {}}, {slug: a, kind: y, config: {}}]';
    assert.equal(
      problem(() => withFile('mcp-gateway.yaml', twice)),
      'Two services have the slug "a".',
    );
  });

  it('checks declared services by their connector', () => {
    const check = (service: string) =>
      checkServices(withFile('mcp-gateway.yaml', `services: [{slug: a, ${service}}]`));
    check('kind: mcp-http, config: {url: "https://h/mcp"}');
    check('kind: mcp-stdio, config: {command: node}');
    const cases: readonly [string, string][] = [
      [
        'kind: opnapi, config: {}',
        '"services[0].kind" in F must be one of K, not "opnapi"; did you mean "openapi"?',
      ],
      [
        'kind: openapi, config: {documentUrl: "https://h"}',
        'Unknown key "services[0].config.documentUrl" in F; ' +
          'did you mean "services[0].config.document"?',
      ],
      [
        'kind: mcp-stdio, config: {command: node, arg: []}',
        'Unknown key "services[0].config.arg" in F; did you mean "services[0].config.args"?',
      ],
      ['kind: mcp-stdio, config: {}', '"services[0].config.command" in F is missing.'],
      [
        'kind: mcp-stdio, config: {command: [hidden]}',
        '"services[0].config.command" in F must be a string.',
      ],
    ];
    for (const [service, expected] of cases) {
      const sentence = problem(() => check(service));
      const shown = sentence
        .replace('mcp-gateway.yaml', 'F')
        .replace(/one of [a-z, -]+, not/, 'one of K, not');
      assert.equal(shown, expected);
    }
  });

  it('takes the key ring from where it is, and shows nothing of it', () => {
    const secret = Buffer.alloc(32, 7);
    const written = secret.toString('base64');
    writeFileSync(join(folder, 'raw.key'), secret);
    writeFileSync(join(folder, 'text.key'), `${written}\n`);
    const ring = (list: string, environment = {}) =>
      withFile('mcp-gateway.yaml', `keys: ${list}`, { environment }).config.keys;
    assert.equal(load().config.keys, 'file');
    assert.equal(load({ environment: { MCP_GATEWAY_KEYS: 'database' } }).config.keys, 'database');
    for (const text of [
      `"${written}"`,
      '{ env: RING_SECRET }',
      '{ file: raw.key }',
      '{ file: text.key }',
    ]) {
      const keys = ring(`[{ id: k2, secret: ${text} }]`, { RING_SECRET: written });
      assert.deepEqual(keys, [{ id: 'k2', secret }], text);
    }
    const cases: readonly [string, RegExp][] = [
      ['[{ id: k2, secret: hidden }]', /^The secret of the key "k2" must be 32 bytes or more in/],
      ['[{ id: k2, secret: { env: RING_SECRET } }]', /needs the environment variable RING_SECRET/],
      ['[{ id: k2, secret: { file: none.key } }]', /"k2" cannot be read from .*none\.key \(ENOENT/],
      ['hidden', /^"keys" in mcp-gateway\.yaml must be file, database, or a list/],
      ['[]', /^"keys" in mcp-gateway\.yaml must be/],
      ['[{ id: K_2, secret: hidden }]', /^"keys.*" in mcp-gateway\.yaml must be/],
      [
        `[${Array(limits.ringKeysMax + 1)
          .fill('{ id: a, secret: hidden }')
          .join(', ')}]`,
        /"keys/,
      ],
    ];
    for (const [list, expected] of cases) {
      const sentence = problem(() => ring(list));
      assert.match(sentence, expected);
      assert.doesNotMatch(sentence, /hidden/);
    }
    const fromEnvironment = { environment: { MCP_GATEWAY_KEYS: 'hidden' } };
    assert.doesNotMatch(
      problem(() => load(fromEnvironment)),
      /hidden/,
    );
  });

  it('takes an id for the node, of nodeIdLengthMax characters at most', () => {
    const named = (id: string) => load({ flags: [{ key: 'node.id', text: id, flag: '--set' }] });
    const longest = 'n'.repeat(limits.nodeIdLengthMax);
    assert.equal(named(longest).config.node.id, longest);
    assert.equal(load().config.node.id, undefined);
    for (const id of [`${longest}n`, '-a', 'a b', 'a/b']) problem(() => named(id));
  });

  it('turns any environment text into a configuration or one sentence', () => {
    const variables = configKeys().flatMap(({ variable }) => variable ?? []);
    fc.assert(
      fc.property(fc.constantFrom(...variables), fc.string(), (variable, text) => {
        try {
          load({ environment: { [variable]: text } });
        } catch (error) {
          assert.ok(error instanceof GatewayError);
          assert.doesNotMatch(error.message, /\n/);
        }
      }),
    );
  });

  it('has a committed JSON Schema that is current', () => {
    const path = new URL('../../../docs/reference/config.schema.json', import.meta.url);
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), configJsonSchema());
  });

  it('is in the guide: every key with its default', () => {
    const path = new URL('../../../docs/guide/configuration.md', import.meta.url);
    const [, keys = ''] = readFileSync(path, 'utf8').split(/^## /m);
    const rows = keys.match(/^\| `\w+(\.\w+)*` \|.*$/gm) ?? [];
    const expected = configKeys().map(({ key, default: value }) => {
      const shown = typeof value === 'string' ? value : JSON.stringify(value);
      return `| \`${key}\` | ${value === undefined ? '' : `\`${shown}\` `}|`;
    });
    assert.deepEqual(
      rows.map((row, index) => row.slice(0, expected[index]?.length)),
      expected,
    );
  });

  it('describes every key', () => {
    const keys = configKeys();
    assert.ok(keys.length >= 12);
    for (const key of keys) assert.match(key.description, /^.{10,}\.$/, key.key);
    const port = keys.find(({ key }) => key === 'server.port');
    assert.equal(port?.variable, 'MCP_GATEWAY_SERVER_PORT');
    assert.equal(port?.type, 'number');
  });

  it('takes issuersMax authorization servers of others and not one more', () => {
    const issuers = (count: number) =>
      Array.from({ length: count }, (_, number) => ({
        issuer: `https://login.example/${number}`,
        tenant: 'default',
      }));
    const text = (count: number) => JSON.stringify({ auth: { issuers: issuers(count) } });
    const { config } = withFile('mcp-gateway.json', text(limits.issuersMax));
    assert.equal(config.auth.issuers.length, limits.issuersMax);
    assert.deepEqual(config.auth.oauth, { enabled: true, dynamicRegistration: true });
    const oneMore = text(limits.issuersMax + 1);
    assert.throws(() => withFile('mcp-gateway.json', oneMore), GatewayError);
  });
});
