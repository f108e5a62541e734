import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { configJsonSchema } from '../../src/app/config/config-schema.ts';
import type { Json, JsonObject } from '../../src/kernel/json.ts';
import { findPostgres, startPostgres } from '../support/start-postgres.ts';
import { postgresOf, sqliteIn, type LookedAt } from './support/databases.ts';
import { plantLogins } from './support/plant-logins.ts';
import { plantRules, plantServices } from './support/plant-services.ts';
import { Plants } from './support/plants.ts';
import {
  makeMistakes,
  readApi,
  readFiles,
  readProcesses,
  runCommands,
  type Seen,
} from './support/read-everything.ts';
import { secretBodyFields, secretPaths } from './support/schema-fields.ts';
import {
  emptyColumns,
  secretColumns,
  secretFields,
  secretSettings,
  type SecretPlace,
} from './support/secret-fields.ts';
import { openSecretWorld, worldFolder, type SecretWorld } from './support/secret-world.ts';

const programs = findPostgres();
const noPostgres = programs === undefined ? 'PostgreSQL is not installed' : false;

/** The kinds of secrets that a list of places wants. */
const kindsOf = (places: Readonly<Record<string, SecretPlace>>): readonly string[] =>
  Object.values(places).flatMap((place) => place.planted ?? []);

for (const { engine, skip } of [
  { engine: 'SQLite', skip: false },
  { engine: 'PostgreSQL', skip: noPostgres },
] as const) {
  describe(`secrets that are planted in a gateway on ${engine}`, { skip, timeout: 300_000 }, () => {
    const stack = new AsyncDisposableStack();
    const plants = new Plants();
    let world: SecretWorld;
    let database: LookedAt;
    let folder = '';
    let access = '';
    let told: readonly string[] = [];

    before(
      async () => {
        folder = worldFolder(stack);
        if (engine === 'SQLite') database = sqliteIn(`${folder}/data`);
        else {
          const server = stack.use(await startPostgres(programs ?? ''));
          database = await postgresOf(server, programs ?? '', plants.make('database password'));
        }
        world = await openSecretWorld(plants, folder, database.settings as JsonObject);
        stack.defer(() => world[Symbol.asyncDispose]());
        access = await plantLogins(world);
        told = await plantServices(world);
        await plantRules(world);
      },
      { timeout: 200_000 },
    );
    after(() => stack.disposeAsync());

    /** Nothing planted is in any of these, of which there are at least so many. */
    const clean = (seen: readonly Seen[], atLeast: number): void => {
      assert.ok(seen.length >= atLeast, `only ${seen.length} places were looked at`);
      const leaks = seen.flatMap(({ where, text }) => plants.leaks(where, text));
      assert.deepEqual([...new Set(leaks)], []);
    };

    test('are in every column, setting and field that has the name of one', async () => {
      const columns = (await database.columns()).toSorted();
      assert.deepEqual(columns, Object.keys(secretColumns).toSorted());
      for (const column of columns) {
        const isEmpty = emptyColumns.includes(column);
        assert.equal((await database.filled(column)) === 0, isEmpty, column);
      }
      const settings = secretPaths(configJsonSchema() as Json, () => undefined);
      const known = Object.keys(secretSettings).filter((one) => one !== 'services[].config');
      assert.deepEqual(settings.toSorted(), known.toSorted());
      const { json: document } = await world.ask('GET', '/openapi.json');
      const fields = secretBodyFields(document).map(({ id, field }) => `${id}.${field}`);
      assert.deepEqual(
        fields.filter((name) => !name.includes('V1.')).toSorted(),
        Object.keys(secretFields).toSorted(),
      );
      const wanted = [secretColumns, secretSettings, secretFields].flatMap(kindsOf);
      const missing = wanted.filter((kind) => !plants.kinds().has(kind));
      const expected = engine === 'SQLite' ? ['database password'] : [];
      assert.deepEqual([...new Set(missing)], expected);
    });

    test('reach the services they are for, and come back masked', () => {
      assert.equal(told.length, 7);
      for (const text of told) assert.match(text, /mcp-protocol-version/, text);
      clean(
        told.map((text, index) => ({ where: `answer ${index}`, text })),
        7,
      );
    });

    test('are in no answer of the API, to whoever may see the most', async () => {
      const seen = await readApi(world, [world.gateway.apiKey, access]);
      const read = seen.filter(({ where }) => where.endsWith('(200)'));
      assert.ok(read.length >= 100, `${read.length} answers`);
      for (const path of ['/audit/export', '/me/export', '/people/', '/approvals/']) {
        assert.ok(
          read.some(({ where }) => where.includes(path)),
          `${path} was not read`,
        );
      }
      clean(seen, 150);
    });

    test('are not repeated by an error', async () => {
      const { json: document } = await world.ask('GET', '/openapi.json');
      world.mail.answer = '550 nobody here';
      await world.ask('POST', '/auth/password/forgotten', { body: { login: 'ada' } });
      const seen = await makeMistakes(world, secretBodyFields(document));
      const refused = seen.filter(({ where }) => /\(4\d\d\)$/.test(where));
      assert.equal(refused.length, seen.length, 'a mistake was taken');
      clean(seen, 100);
    });

    test('are in no output of a command', { timeout: 200_000 }, async () => {
      const isAll = engine === 'SQLite';
      const seen = await runCommands(world, isAll);
      for (const { where, text } of seen) assert.ok(text.length > 20, where);
      clean(seen, isAll ? 8 : 2);
    });

    test('are in no command line, and in a child only its own', () => {
      const { lines, environments } = readProcesses(world);
      clean(lines, 2);
      const shown = environments.flatMap(({ where, text }) => plants.leaks(where, text));
      assert.deepEqual(
        shown.map((leak) => leak.replace(/^\S+ /, '')),
        ['shows the secret of a child'],
      );
    });

    test('are in no log, no file and no dump, while it runs and afterwards', async () => {
      const { gateway, directory } = world;
      const dump = await database.dump();
      const dumped = dump === undefined ? [] : [{ where: 'the dump', text: dump }];
      if (dump !== undefined)
        assert.ok(dump.includes('vault_item') && dump.includes('audit_event'));
      clean([...dumped, ...readFiles(directory)], 2);
      await gateway[Symbol.asyncDispose]();
      assert.ok(gateway.log.split('\n').length > 50);
      clean([{ where: 'the log', text: gateway.log }, ...readFiles(directory)], 2);
      const everything = [gateway.log, dump ?? '', ...readFiles(directory).map(({ text }) => text)];
      for (const text of everything) {
        assert.ok(!text.includes('PRIVATE KEY') && !/"d":"[\w-]{40,}"/.test(String(text)));
      }
    });
  });
}
