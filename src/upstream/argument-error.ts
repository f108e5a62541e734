/** A tool argument that cannot be used; the text names the argument and the fix. */
export class ArgumentError extends Error {
  readonly argument: string;

  /** `problem` goes on after the argument's name: "must be a whole number". */
  constructor(argument: string, problem: string) {
    super(`Argument "${argument}" ${problem}`);
    this.name = 'ArgumentError';
    this.argument = argument;
  }
}
