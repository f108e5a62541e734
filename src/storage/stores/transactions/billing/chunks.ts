/** Rows of one statement: few different numbers, so that few statements have to be prepared. */
const SIZES = [128, 16, 4, 1];

/** Divides rows into statements. */
export function* chunks<Row>(rows: readonly Row[]): Generator<readonly Row[]> {
  let from = 0;
  while (from < rows.length) {
    const size = SIZES.find((one) => one <= rows.length - from) ?? 1;
    yield rows.slice(from, from + size);
    from += size;
  }
}
