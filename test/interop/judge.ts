/** What a client does with a service. */
export const operations = ['list', 'call', 'elicit'] as const;

export type Operation = (typeof operations)[number];

/** Where a client is connected: to all services at once, or to one of them. */
export const endpoints = ['/mcp', '/mcp/{service}'] as const;

export type Endpoint = (typeof endpoints)[number];

/** One thing that was tried. */
export interface Cell {
  readonly client: string;
  readonly mode: string;
  readonly endpoint: Endpoint;
  readonly service: string;
  readonly operation: Operation;
  /** What was wrong; undefined when it went right. */
  readonly problem: string | undefined;
}

/** Cells that cannot work, and why. */
export interface Exception {
  readonly client: string;
  readonly operation: Operation;
  /** All modes and services when absent. */
  readonly modes?: readonly string[];
  readonly services?: readonly string[];
  /** Stands in the problem of every such cell; another problem is not excused. */
  readonly says: RegExp;
  readonly reason: string;
}

/** What a cell comes to. */
export type Verdict =
  | { readonly kind: 'works' }
  | { readonly kind: 'excused'; readonly reason: string }
  | { readonly kind: 'wrong'; readonly problem: string };

/** Judges one cell; an exception for a cell that works is wrong, because it is stale. */
export function judge(cell: Cell, exceptions: readonly Exception[]): Verdict {
  const { problem } = cell;
  const exception = exceptions.find((one) => names(one, cell));
  if (problem === undefined) {
    if (exception === undefined) return { kind: 'works' };
    return { kind: 'wrong', problem: `works, though it is excused: ${exception.reason}` };
  }
  if (exception?.says.test(problem) === true) return { kind: 'excused', reason: exception.reason };
  return { kind: 'wrong', problem };
}

/** The exceptions that name no cell at all. */
export function unusedExceptions(
  cells: readonly Cell[],
  exceptions: readonly Exception[],
): readonly Exception[] {
  return exceptions.filter((one) => !cells.some((cell) => names(one, cell)));
}

function names({ client, operation, modes, services }: Exception, cell: Cell): boolean {
  return (
    client === cell.client &&
    operation === cell.operation &&
    (modes === undefined || modes.includes(cell.mode)) &&
    (services === undefined || services.includes(cell.service))
  );
}
