import { GatewayError, type ErrorCode } from '../kernel/errors.ts';

/** What is shown of a program's last words. */
const LINES_MAX = 8;
const LINE_LENGTH_MAX = 300;
/** Escape sequences of terminals, and characters that are no text. */
const NO_TEXT =
  /\u001b\[[0-9;?]*[ -/]*[@-~]|[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;

/**
 * A service's program failed, and what it wrote last to stderr. Its message is for everybody;
 * `output` is for those who may see how the service is set up, and for nobody else.
 */
export class StartFailure extends GatewayError {
  readonly output: string;

  constructor(code: ErrorCode, message: string, output: string) {
    super(code, message);
    this.output = output;
  }

  /** The message, and what the program wrote. */
  get detail(): string {
    return `${this.message} It wrote last: ${this.output}`;
  }
}

/** The last lines of what a program wrote, fit to be shown; empty when it wrote nothing. */
export function lastLines(written: string): string {
  return written
    .split(/\r?\n/)
    .map((line) => line.replaceAll(NO_TEXT, '').trimEnd())
    .filter((line) => line !== '')
    .slice(-LINES_MAX)
    .map((line) => line.slice(0, LINE_LENGTH_MAX))
    .join('\n');
}
