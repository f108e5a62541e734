import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringMember, type JsonObject } from '../../../src/kernel/json.ts';
import { GatewayChild } from '../../hostile/world/gateway-child.ts';
import {
  startModernHttpServer,
  type ModernHttpServer,
} from '../../support/mcp-http/modern-http-server.ts';
import { fixturePath } from '../../support/mcp-stdio/harness.ts';
import { startMailServer, type MailServer } from '../../support/start-mail-server.ts';
import { startAccounts, type Addresses } from '../../vault/support/start-accounts.ts';
import type { Plants } from './plants.ts';

/** What an address answered. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly json: JsonObject;
  readonly headers: Headers;
}

/** How a request is made besides its method and path. */
export interface Asked {
  /** An API key or an access token. */
  readonly as?: string;
  readonly body?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A gateway whose every secret is known to the test, and everything around it. */
export interface SecretWorld extends AsyncDisposable {
  readonly plants: Plants;
  readonly gateway: GatewayChild;
  readonly directory: string;
  readonly configFile: string;
  /** What the configuration reads its secrets from. */
  readonly environment: Readonly<Record<string, string>>;
  readonly upstream: ModernHttpServer;
  readonly accounts: Addresses;
  readonly mail: MailServer;
  ask(method: string, path: string, asked?: Asked): Promise<Answer>;
  /** As the administrator; throws unless it is done. */
  done(method: string, path: string, body?: JsonObject, as?: string): Promise<JsonObject>;
}

function configOf(world: Omit<Around, 'folder'>): JsonObject {
  const { plants, settings, upstream, mail, directory } = world;
  const { port } = new URL(mail.url);
  return {
    ...settings,
    data: { directory },
    keys: [{ id: 'k1', secret: { env: 'PLANTED_RING' } }],
    vault: { keys: [{ id: 'v1', secret: { env: 'PLANTED_VAULT' } }] },
    mail: {
      url: `smtp://gateway:${plants.make('mail password')}@127.0.0.1:${port}`,
      from: 'gateway@mail.example',
      tlsMode: 'off',
    },
    chat: {
      providers: [
        {
          name: 'declared',
          kind: 'openai_compatible',
          baseUrl: 'http://127.0.0.1:9/v1',
          key: plants.make('declared key of a model provider'),
          models: [{ id: 'some-model', contextTokens: 8_192 }],
        },
      ],
    },
    services: [
      {
        slug: 'declared',
        kind: 'mcp-http',
        config: { url: upstream.url, headers: { Authorization: 'Bearer ${UP}' } },
        secrets: { UP: plants.make('declared secret') },
      },
      {
        slug: 'child',
        kind: 'mcp-stdio',
        config: {
          command: process.execPath,
          args: [fixturePath('modern-server.ts')],
          env: { OWN: '${OWN}' },
        },
        secrets: { OWN: { env: 'PLANTED_CHILD' } },
      },
    ],
  };
}

interface Around {
  readonly plants: Plants;
  readonly settings: JsonObject;
  readonly upstream: ModernHttpServer;
  readonly mail: MailServer;
  readonly directory: string;
  readonly folder: string;
}

/** Starts everything; `settings` lead to the database, `directory` is the data folder. */
export async function openSecretWorld(
  plants: Plants,
  folder: string,
  settings: JsonObject,
): Promise<SecretWorld> {
  await using opened = new AsyncDisposableStack();
  const directory = join(folder, 'data');
  const upstream = opened.use(await startModernHttpServer());
  const mail = opened.use(await startMailServer());
  const accounts = await startAccounts(opened);
  const environment = {
    PLANTED_RING: plants.add('key ring', randomBytes(32).toString('base64')),
    PLANTED_VAULT: plants.add('vault key', randomBytes(32).toString('base64')),
    PLANTED_CHILD: plants.make('secret of a child'),
  };
  const configFile = join(folder, 'gateway.json');
  writeFileSync(
    configFile,
    JSON.stringify(configOf({ plants, settings, upstream, mail, directory })),
  );
  const flags = ['--config', configFile, '--port', '0', '--allow-loopback'];
  flags.push('--log-format', 'json', '--log-level', 'debug', '--with-parent');
  const gateway = opened.use(await GatewayChild.start(flags, environment));
  plants.add('API key', gateway.apiKey);
  plants.add('password', gateway.password);
  const ask: SecretWorld['ask'] = async (method, path, { as, body, headers } = {}) => {
    const response = await fetch(`${gateway.url}${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    return { status: response.status, text, json: objectIn(text), headers: response.headers };
  };
  const owned = opened.move();
  return {
    plants,
    gateway,
    directory,
    configFile,
    environment,
    upstream,
    accounts,
    mail,
    ask,
    done: async (method, path, body, as = gateway.apiKey) => {
      const { status, text, json } = await ask(method, path, { as, ...(body && { body }) });
      if (status >= 300) throw new Error(`${method} ${path}: ${status} ${text}`);
      return json;
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** A folder for one world; it is gone with the stack. */
export function worldFolder(stack: AsyncDisposableStack): string {
  const folder = mkdtempSync(join(tmpdir(), 'mcp-gateway-secrets-'));
  stack.defer(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** A text of an answer that must be there. */
export function textIn(json: JsonObject, name: string): string {
  const text = stringMember(json, name);
  if (text === undefined) throw new Error(`no ${name} in ${JSON.stringify(json)}`);
  return text;
}

function objectIn(text: string): JsonObject {
  try {
    return JSON.parse(text) as JsonObject;
  } catch {
    return {};
  }
}
