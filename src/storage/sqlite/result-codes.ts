/** Another connection holds the lock. */
export const SQLITE_BUSY = 5;
/** A value has the wrong type for its column. */
export const SQLITE_MISMATCH = 20;
/** A value is larger than SQLite takes. */
export const SQLITE_TOOBIG = 18;
/** Some constraint does not hold; the extended codes say which. */
export const SQLITE_CONSTRAINT = 19;
/** A foreign key points nowhere. */
export const SQLITE_CONSTRAINT_FOREIGNKEY = 787;
/** The primary key is taken. */
export const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
/** A unique value is taken. */
export const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** SQLite's extended result code of an error, or 0 for an error that is not SQLite's. */
export function resultCodeOf(error: unknown): number {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code : 0;
}
