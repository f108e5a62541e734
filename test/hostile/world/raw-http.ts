import { connect, type Socket } from 'node:net';
import type { Answers } from './answers.ts';

/** What came back on a connection, and whether the other side closed it. */
export interface RawAnswer {
  /** latin1. */
  readonly text: string;
  readonly closed: boolean;
  /** Of the first answer; 0 when there was none. */
  readonly status: number;
  readonly tookMs: number;
}

/** How bytes are sent. */
export interface RawOptions {
  /** Sent one after the other, with a pause between. */
  readonly more?: readonly (string | Buffer)[];
  readonly pauseMs?: number;
  /** Closes the writing half once everything is sent. */
  readonly halfClose?: boolean;
  /** How long the other side may stay open without a close. */
  readonly waitMs?: number;
  /** Ends the wait as soon as the text has this. */
  readonly until?: RegExp;
}

const WAIT_MS = 3_000;

/** Sends bytes as they are, and collects what comes until the other side closes. */
export class RawHttp {
  readonly #port: number;
  readonly #answers: Answers;

  constructor(port: number, answers: Answers) {
    this.#port = port;
    this.#answers = answers;
  }

  /** A connection that the case looks after itself. */
  open(): Promise<Socket> {
    return new Promise((resolve, reject) => {
      const socket = connect(this.#port, '127.0.0.1', () => resolve(socket));
      socket.once('error', reject);
      socket.on('data', (piece: Buffer) => this.#answers.note(piece.toString('latin1')));
    });
  }

  send(bytes: string | Buffer, options: RawOptions = {}): Promise<RawAnswer> {
    const { more = [], pauseMs = 0, halfClose = false, waitMs = WAIT_MS, until } = options;
    const started = performance.now();
    return new Promise((resolve) => {
      let text = '';
      let closed = false;
      const socket = connect(this.#port, '127.0.0.1', () => void write());
      const write = async (): Promise<void> => {
        for (const piece of [bytes, ...more]) {
          if (socket.destroyed) return;
          socket.write(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
          if (pauseMs > 0) await new Promise((done) => setTimeout(done, pauseMs));
        }
        if (halfClose) socket.end();
      };
      const finish = (): void => {
        clearTimeout(timer);
        socket.destroy();
        this.#answers.note(text);
        const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0);
        resolve({ text, closed, status, tookMs: performance.now() - started });
      };
      const timer = setTimeout(finish, waitMs);
      socket.on('data', (piece: Buffer) => {
        text += piece.toString('latin1');
        if (until?.test(text) === true) finish();
      });
      socket.on('error', () => {});
      socket.on('close', () => {
        closed = true;
        finish();
      });
    });
  }
}
