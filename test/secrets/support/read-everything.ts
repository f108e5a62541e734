import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isJsonObject, type JsonObject } from '../../../src/kernel/json.ts';
import type { SecretField } from './schema-fields.ts';
import { textIn, type SecretWorld } from './secret-world.ts';

const MAIN = fileURLToPath(new URL('../../../src/main.ts', import.meta.url));

/** A text that somebody could read, and where. */
export interface Seen {
  readonly where: string;
  readonly text: string | Buffer;
}

const LISTS: Readonly<Record<string, string>> = {
  user: '/api/v1/users',
  service: '/api/v1/services',
  tenant: '/api/v1/tenants',
};

/** Everything that can be read of the API, with every id that its lists show. */
export async function readApi(world: SecretWorld, callers: readonly string[]): Promise<Seen[]> {
  const seen: Seen[] = [];
  const { json: document } = await world.ask('GET', '/openapi.json');
  const look = async (path: string): Promise<readonly JsonObject[]> => {
    const answers = await Promise.all(callers.map((as) => world.ask('GET', path, { as })));
    for (const { status, text, headers } of answers) {
      seen.push({ where: `GET ${path} (${status})`, text: text + JSON.stringify([...headers]) });
    }
    return answers.flatMap(({ json }) => Object.values(json).filter(Array.isArray).flat()) as never;
  };
  const templates = Object.entries(document['paths'] as JsonObject)
    .filter(([, operations]) => isJsonObject(operations) && operations['get'] !== undefined)
    .map(([path]) => path);
  const lists = new Map<string, Promise<readonly JsonObject[]>>();
  const listAt = (path: string): Promise<readonly JsonObject[]> => {
    const known = lists.get(path) ?? look(path);
    lists.set(path, known);
    return known;
  };
  for (const template of [...templates, '/metrics', '/docs', '/', '/health']) {
    const [, name = ''] = /\{(\w+)\}/.exec(template) ?? [];
    if (name === '') {
      await listAt(template);
      continue;
    }
    const ids = (await listAt(LISTS[name] ?? template.slice(0, template.indexOf('/{'))))
      .map(({ id, slug }) => id ?? slug)
      .filter((id) => typeof id === 'string');
    for (const id of new Set(ids)) await look(template.replaceAll(/\{\w+\}/g, id));
  }
  return seen;
}

/** Every field that takes a secret, with one in it and a mistake beside it. */
export async function makeMistakes(
  world: SecretWorld,
  fields: readonly SecretField[],
): Promise<Seen[]> {
  const { ask, gateway, plants } = world;
  const seen: Seen[] = [];
  const note = async (what: string, method: string, path: string, asked: object): Promise<void> => {
    const { status, text, headers } = await ask(method, path, asked);
    const where = `${what} (${status})`;
    seen.push({ where, text: text + JSON.stringify([...headers]) });
  };
  for (const { id, method, path, field } of fields) {
    const at = path.replaceAll(/\{\w+\}/g, 'nothing-here');
    const secret = plants.make(`${id}.${field} of a mistake`);
    for (const value of [secret, [secret], { NAME: secret }, { NAME: [secret] }]) {
      const body = { [field.split('.')[0] ?? '']: value, nonsense: true };
      await note(`${id}.${field}`, method.toUpperCase(), at, { as: gateway.apiKey, body });
    }
  }
  const wrong = plants.make('wrong credential');
  for (const path of ['/mcp', '/api/v1/services', '/scim/v2/Users']) {
    await note(`${path} by a wrong key`, 'GET', path, { as: wrong });
    await note(`${path} with a key in it`, 'GET', `${path}?access_token=${wrong}`, {});
  }
  const body = { login: 'bob', password: wrong };
  await note('a wrong password', 'POST', '/auth/authenticate', { body });
  await note('a wrong token', 'POST', '/auth/refresh', { body: { refreshToken: wrong } });
  return seen;
}

/** What commands print; of those that ask a running gateway only where `all` are wanted. */
export async function runCommands(world: SecretWorld, all: boolean): Promise<Seen[]> {
  const { gateway, configFile, environment } = world;
  const env = {
    ...process.env,
    ...environment,
    MCP_GATEWAY_URL: gateway.url,
    MCP_GATEWAY_KEY: gateway.apiKey,
  };
  const config = ['--config', configFile];
  const { users } = await world.done('GET', '/api/v1/users');
  const [user] = users as readonly JsonObject[];
  const own = [
    ['config', 'explain', ...config],
    ['doctor', ...config],
  ];
  const asking = [
    ['service', 'list'],
    ['service', 'show', 'header'],
    ['users', 'list'],
    ['key', 'list'],
    ['usage'],
    ['privacy', 'export', textIn(user ?? {}, 'id')],
  ];
  const lines: readonly (readonly string[])[] = all ? [...own, ...asking] : own;
  const seen: Seen[] = [];
  // One after the other: a busy machine would take too long for all at once.
  for (const words of lines) {
    const flags = ['--disable-warning=ExperimentalWarning', MAIN, ...words];
    const text = await new Promise<string>((resolve) => {
      execFile(process.execPath, flags, { env }, (_error, out, error) => resolve(out + error));
    });
    seen.push({ where: `mcp-gateway ${words.slice(0, 2).join(' ')}`, text });
  }
  return seen;
}

/** Every file below a folder. */
export function readFiles(folder: string): Seen[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile())
    .map((path) => ({ where: path.slice(folder.length), text: readFileSync(path) }));
}

/** What the system shows of the gateway and its children. */
export function readProcesses({ gateway }: SecretWorld): {
  readonly lines: readonly Seen[];
  readonly environments: readonly Seen[];
} {
  const below = (pid: number): readonly number[] => {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    const children = text === '' ? [] : text.split(' ').map(Number);
    return children.flatMap((child) => [child, ...below(child)]);
  };
  const children = below(gateway.pid);
  const read = (pid: number, name: string): Seen => ({
    where: `/proc/${pid}/${name}`,
    text: readFileSync(`/proc/${pid}/${name}`),
  });
  return {
    lines: [gateway.pid, ...children].map((pid) => read(pid, 'cmdline')),
    environments: children.map((pid) => read(pid, 'environ')),
  };
}
