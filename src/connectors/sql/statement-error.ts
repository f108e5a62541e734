/** Why a database refused a statement. */
export type StatementProblem =
  | 'writes'
  | 'timeout'
  | 'constraint'
  | 'data'
  | 'busy'
  | 'too_large'
  | 'refused';

const texts: Readonly<Record<StatementProblem, string>> = {
  writes: 'The database refused to change data: this tool only reads.',
  timeout: 'The statement took too long and was stopped.',
  constraint: 'The change breaks a rule of the database',
  data: 'A value does not fit',
  busy: 'The database is busy with other changes; try again.',
  too_large: 'The answer is too large; ask for less.',
  refused: 'The database refused the statement.',
};

/** A statement that the database did not run: its text is for a model, its cause for the log. */
export class StatementError extends Error {
  readonly problem: StatementProblem;
  /** The database's own code, such as a SQLSTATE. */
  readonly code: string;

  /** `detail` is what the database says about the caller's own values. */
  constructor(problem: StatementProblem, code: string, detail?: string, cause?: unknown) {
    const told = (problem === 'constraint' || problem === 'data') && detail !== undefined;
    const text = told ? `${texts[problem]}: ${detail.slice(0, 300)}` : texts[problem];
    super(text.replace(/(?<![.!?])$/, '.'), { cause });
    this.name = 'StatementError';
    this.problem = problem;
    this.code = code;
  }
}

/** The problem behind a SQLSTATE (ISO 9075, as PostgreSQL uses it). */
export function problemOfSqlState(state: string): StatementProblem {
  if (state === '25006') return 'writes';
  if (state === '57014') return 'timeout';
  if (state === '40001' || state === '40P01' || state === '55P03') return 'busy';
  if (state.startsWith('23')) return 'constraint';
  return state.startsWith('22') ? 'data' : 'refused';
}
