import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { startLegacyHttpServer } from '../../support/mcp-http/legacy-http-server.ts';
import type { LegacyHttpServer } from '../../support/mcp-http/legacy-http-server.ts';
import { Answers } from './answers.ts';
import { Canary } from './canary.ts';
import { Client, textOf } from './client.ts';
import { openChatDesk, type ChatDesk } from './chat-desk.ts';
import { EvilAccounts } from './evil-accounts.ts';
import { EvilIssuer } from './evil-issuer.ts';
import { EvilUpstream } from './evil-upstream.ts';
import { GatewayChild } from './gateway-child.ts';
import { addTenant, type OtherTenant } from './other-tenant.ts';
import { RawHttp } from './raw-http.ts';

/** Texts that nobody may ever see again once the gateway has them. */
export const planted = {
  upstream: 'CANARY-upstream-4f1c9b',
  database: 'CANARY-database-88d2aa',
  rotated: 'CANARY-rotated-17be03',
  /** What tokens of users' accounts begin with. */
  account: 'CANARY-account-5d70e1',
  /** The key of the provider of models. */
  model: 'CANARY-model-93ab17',
} as const;

/** A page whose origin is allowed. */
export const PAGE = 'https://console.example';

/** Everything that cases attack and look at. */
export interface World extends AsyncDisposable {
  readonly gateway: GatewayChild;
  readonly folder: string;
  readonly dataDirectory: string;
  readonly answers: Answers;
  readonly client: Client;
  readonly raw: RawHttp;
  readonly evil: EvilUpstream;
  readonly calm: EvilUpstream;
  readonly legacy: LegacyHttpServer;
  /** A service of which everybody has an account of their own. */
  readonly accounts: EvilAccounts;
  /** Authorization servers whose tokens are taken. */
  readonly issuer: EvilIssuer;
  /** A model without scruples, and services for its chats. */
  readonly chat: ChatDesk;
  readonly canary: Canary;
  readonly keys: WorldKeys;
  readonly other: OtherTenant;
}

/** Who calls. */
export interface WorldKeys {
  readonly admin: string;
  readonly innocent: string;
  /** Reads services and calls tools of `calm` alone. */
  readonly narrow: string;
}

function writeFiles(folder: string): void {
  const root = join(folder, 'root');
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(join(root, 'docs', 'hello.txt'), 'hello');
  writeFileSync(join(folder, 'outside.txt'), planted.database);
  symlinkSync(join(folder, 'outside.txt'), join(root, 'link.txt'));
  symlinkSync('/etc', join(root, 'etc'));
  using database = new DatabaseSync(join(folder, 'sample.db'));
  database.exec('CREATE TABLE person (id INTEGER, name TEXT)');
  database.exec("INSERT INTO person VALUES (1, 'Ada'), (2, 'Bob')");
}

/** A provider as the configuration says it: two models, of which one stands in. */
function providerOf({ baseUrl }: Pick<ChatDesk['model'], 'baseUrl'>): JsonObject {
  const models = [
    { id: 'm', contextTokens: 1_000_000, isDefault: true },
    { id: 'spare', contextTokens: 1_000_000, fallback: 1 },
  ];
  return { name: 'evil', kind: 'openai_compatible', baseUrl, key: planted.model, models };
}

type Around = Pick<World, 'evil' | 'calm' | 'legacy' | 'accounts' | 'issuer' | 'folder' | 'chat'>;

function configOf(world: Around): JsonObject {
  const { evil, calm, legacy, accounts, issuer, folder, chat } = world;
  const ports = [evil, calm, accounts, issuer].map(({ port }) => port);
  ports.push(Number(new URL(legacy.url).port));
  const { model, web, books, mail } = chat;
  ports.push(...[model, web, books, mail].map(({ port }) => port));
  const lookup = {
    name: 'person_by_name',
    description: 'Finds people.',
    sql: 'SELECT id, name FROM person WHERE name = ?',
    parameters: [{ name: 'name', type: 'string' }],
  };
  return {
    server: { allowedOrigins: [PAGE] },
    auth: { issuers: issuer.config() },
    egress: { allowHosts: ports.map((port) => `127.0.0.1:${port}`) },
    chat: { firstByteMs: 2_000, idleMs: 2_000, providers: [providerOf(model)] },
    services: [
      { slug: 'web', kind: 'mcp-http', config: { url: web.url } },
      { slug: 'books', kind: 'mcp-http', config: { url: books.url } },
      { slug: 'mail', kind: 'mcp-http', config: { url: mail.url } },
      {
        slug: 'evil',
        kind: 'mcp-http',
        config: { url: evil.url, headers: { Authorization: 'Bearer ${UPSTREAM}' } },
        secrets: { UPSTREAM: planted.upstream },
      },
      { slug: 'calm', kind: 'mcp-http', config: { url: calm.url } },
      { slug: 'legacy', kind: 'mcp-http', config: { url: legacy.url } },
      {
        slug: 'files',
        kind: 'files',
        config: { roots: [{ name: 'main', path: join(folder, 'root') }] },
      },
      {
        slug: 'people',
        kind: 'sql',
        config: { dialect: 'sqlite', file: join(folder, 'sample.db'), statements: [lookup] },
      },
    ],
  };
}

async function issue(client: Client, admin: string, body: JsonObject): Promise<string> {
  const { json, status, text } = await client.send('POST', '/api/v1/keys', { key: admin, body });
  if (status !== 201) throw new Error(`No key: ${status} ${text}`);
  return textOf(json, 'apiKey');
}

async function allReady(client: Client, key: string): Promise<void> {
  const untilMs = Date.now() + 20_000;
  for (;;) {
    const { text } = await client.send('GET', '/services', { key });
    if (!/"state":"starting"/.test(text)) return;
    if (Date.now() > untilMs) throw new Error(`The services are not ready: ${text}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Starts the gateway, everything around it, and a second tenant. */
export async function openWorld(): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-gateway-hostile-'));
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rmSync(folder, { recursive: true, force: true }));
  writeFiles(folder);
  const evil = opened.use(await EvilUpstream.start());
  const calm = opened.use(await EvilUpstream.start());
  const legacy = opened.use(await startLegacyHttpServer());
  const accounts = opened.use(await EvilAccounts.start(planted.account));
  const issuer = opened.use(await EvilIssuer.start());
  const chat = opened.use(await openChatDesk());
  const canary = opened.use(await Canary.start());
  const config = join(folder, 'gateway.json');
  const around = { evil, calm, legacy, accounts, issuer, folder, chat };
  writeFileSync(config, JSON.stringify(configOf(around)));
  const dataDirectory = join(folder, 'data');
  const flags = ['--config', config, '--port', '0', '--data-dir', dataDirectory];
  const gateway = opened.use(
    await GatewayChild.start([...flags, '--log-format', 'json', '--log-level', 'debug']),
  );
  const answers = new Answers();
  const client = new Client(gateway.url, answers);
  const admin = gateway.apiKey;
  await allReady(client, admin);
  const keys: WorldKeys = {
    admin,
    innocent: await issue(client, admin, { name: 'innocent' }),
    narrow: await issue(client, admin, {
      name: 'narrow',
      scopes: ['mcp.use', 'services.read'],
      access: { services: ['calm'] },
    }),
  };
  const other = await addTenant(client, admin);
  answers.take();
  const cleanUp = opened.move();
  return {
    gateway,
    folder,
    dataDirectory,
    answers,
    client,
    raw: new RawHttp(gateway.port, answers),
    evil,
    calm,
    legacy,
    accounts,
    issuer,
    chat,
    canary,
    keys,
    other,
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}
