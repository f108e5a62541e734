import { Client } from 'pg';

/** A database of a test's own on a running server. */
export interface TestDatabase extends AsyncDisposable {
  readonly url: string;
}

/**
 * Makes a database beside the one of the URL; it is dropped when it is disposed. It is empty, or
 * has what `like` has, a database of the same server that nobody is connected to.
 */
export async function makeDatabase(serverUrl: string, like?: TestDatabase): Promise<TestDatabase> {
  const name = `test_${crypto.randomUUID().replaceAll('-', '')}`;
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  const template = like === undefined ? 'template0' : new URL(like.url).pathname.slice(1);
  await runOn(serverUrl, `CREATE DATABASE ${name} TEMPLATE ${template} ENCODING 'UTF8'`);
  return {
    url: url.href,
    [Symbol.asyncDispose]: () => runOn(serverUrl, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function runOn(url: string, sql: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}
