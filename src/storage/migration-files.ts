import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { GatewayError } from '../kernel/errors.ts';

/** One numbered SQL file. */
export interface Migration {
  readonly version: number;
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, hexadecimal. */
  readonly checksum: string;
}

/** A migration as a database remembers it. */
export type AppliedMigration = Pick<Migration, 'version' | 'name' | 'checksum'>;

const FILE_NAME = /^(\d{4})-[a-z0-9-]+\.sql$/;

/**
 * Reads the SQL files of a folder in order: `0001-name.sql`, `0002-name.sql` and so on. The first
 * file may stand for several numbers, `foundation`: then the second has the number after those.
 */
export function readMigrations(folder: URL, foundation = 1): readonly Migration[] {
  const names = readdirSync(folder)
    .filter((name) => FILE_NAME.test(name))
    .toSorted();
  return names.map((name, index) => {
    const version = Number(FILE_NAME.exec(name)?.[1]);
    if (version !== (index === 0 ? 1 : foundation + index)) {
      throw new Error(`migration ${name} is out of order`);
    }
    const sql = readFileSync(new URL(name, folder), 'utf8');
    return { version, name, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/**
 * The migrations that a database lacks. Throws `conflict` on a database that a newer gateway
 * wrote or whose history differs.
 */
export function missingMigrations(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): readonly Migration[] {
  for (const [index, row] of applied.entries()) checkApplied(row, migrations[index], migrations);
  return migrations.slice(applied.length);
}

function checkApplied(
  row: AppliedMigration,
  known: Migration | undefined,
  migrations: readonly Migration[],
): void {
  if (known === undefined) {
    throw new GatewayError(
      'conflict',
      `The database was written by a newer gateway: it has migration ${row.name}, ` +
        `and this gateway knows ${migrations.length}.`,
    );
  }
  if (row.version !== known.version || row.checksum !== known.checksum) {
    throw new GatewayError(
      'conflict',
      `Migration ${known.name} is not the one this database was made with (${row.name}); ` +
        'restore the original file.',
    );
  }
}
