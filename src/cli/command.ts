import type { ParseArgsOptionsConfig } from 'node:util';

/** Where a command writes. */
export interface Terminal {
  out(text: string): void;
  error(text: string): void;
}

/** What the user typed after the command's name. */
export interface CommandInput {
  readonly words: readonly string[];
  readonly flags: Flags;
  readonly terminal: Terminal;
}

/** Flags by name as they were parsed. */
export type Flags = Readonly<
  Record<string, string | boolean | readonly (string | boolean)[] | undefined>
>;

/** One command of the command line. */
export interface Command {
  /** One line for the list of commands. */
  readonly summary: string;
  /** Ways to call it, without the program's name. */
  readonly usage: readonly string[];
  readonly options: ParseArgsOptionsConfig;
  /** Explains each flag, by name. */
  readonly help: Readonly<Record<string, string>>;
  /** Resolves to the exit code: 0 fine, 1 failed, 2 wrong use or configuration. */
  run(input: CommandInput): Promise<number>;
}

/** Wrong use of the command line; its text is one sentence. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The flag's text, or undefined when it was not given. */
export function textFlag(flags: Flags, name: string): string | undefined {
  const value = flags[name];
  return typeof value === 'string' ? value : undefined;
}

/** All texts of a flag that may be repeated. */
export function textFlags(flags: Flags, name: string): readonly string[] {
  const value = flags[name];
  return Array.isArray(value) ? value.map(String) : [];
}

/** The word at this place. Throws UsageError when it is missing. */
export function wordAt(words: readonly string[], index: number, what: string): string {
  const word = words[index];
  if (word === undefined || word === '') throw new UsageError(`Give ${what}.`);
  return word;
}
