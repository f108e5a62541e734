/** A tool argument that cannot be sent; the text names the argument and the fix. */
export class ArgumentError extends Error {
  readonly argument: string;

  constructor(argument: string, problem: string) {
    super(`Argument "${argument}" ${problem}`);
    this.name = 'ArgumentError';
    this.argument = argument;
  }
}
