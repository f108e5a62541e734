import { createInterface, type Interface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';

/** Where a person types. */
export interface LineStreams {
  readonly input: Readable;
  readonly output: Writable;
  /** Whether it is a terminal, with keys to edit a line. */
  readonly isTerminal: boolean;
}

/**
 * The lines that a person types. While nobody asks for a line, what is typed goes to `busy`; Ctrl-C
 * goes to `interrupt` and never ends the program.
 */
export class ChatLines implements Disposable {
  readonly #lines: Interface;
  readonly #output: Writable;
  #asked: ((line: string | undefined) => void) | undefined;
  #isClosed = false;
  /** Typed before anybody asked, where it is no terminal. */
  readonly #early: string[] = [];
  busy: ((line: string) => void) | undefined;
  interrupt: () => void = () => {};

  constructor({ input, output, isTerminal }: LineStreams) {
    this.#output = output;
    this.#lines = createInterface({ input, output, terminal: isTerminal });
    this.#lines.on('line', (line) => {
      if (this.#asked !== undefined) this.#give(line);
      else if (this.busy !== undefined) this.busy(line);
      else this.#early.push(line);
    });
    this.#lines.on('SIGINT', () => this.interrupt());
    this.#lines.on('close', () => {
      this.#isClosed = true;
      this.#give(undefined);
    });
  }

  /** The next line; undefined when there is no more. */
  ask(prompt: string): Promise<string | undefined> {
    // Of a prompt with several lines the last one is edited on.
    const at = prompt.lastIndexOf('\n') + 1;
    this.#output.write(prompt.slice(0, at));
    const early = this.#early.shift();
    if (early !== undefined) return Promise.resolve(early);
    if (this.#isClosed) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#asked = resolve;
      this.#lines.setPrompt(prompt.slice(at));
      this.#lines.prompt();
    });
  }

  /** Clears what is typed and asks for it again. */
  again(): void {
    if (this.#asked === undefined) return;
    this.#lines.write(null, { ctrl: true, name: 'u' });
    this.#lines.prompt();
  }

  [Symbol.dispose](): void {
    this.#lines.close();
  }

  #give(line: string | undefined): void {
    const asked = this.#asked;
    this.#asked = undefined;
    asked?.(line);
  }
}
