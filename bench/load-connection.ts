import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { createAnswerReader } from './answer-reader.ts';
import type { AnswerReader } from './answer-reader.ts';

/** One kept-open connection with at most one request in flight. */
export interface LoadConnection {
  readonly reader: AnswerReader;
  /** Writes a request; `onAnswer` is called once the answer is complete and may be read. */
  request(bytes: Buffer, onAnswer: () => void): void;
  /** Writes a request whose answer stays open; resolves when its body contains the needle. */
  hold(bytes: Buffer, needle: string): Promise<void>;
  close(): void;
}

/** Bytes read at once; every connection reads into the same buffer, one after the other. */
const READ_BYTES = 262_144;

/** Opens connections that share one read buffer and report trouble to `onFailure`. */
export function createConnector(
  port: number,
  onFailure: (why: string) => void,
): () => Promise<LoadConnection> {
  const shared = Buffer.allocUnsafeSlow(READ_BYTES);
  return () =>
    new Promise((resolve, reject) => {
      const reader = createAnswerReader();
      let onAnswer: (() => void) | undefined;
      let onBytes: (() => void) | undefined;
      let isClosing = false;
      const fail = (why: string): void => {
        if (isClosing) return;
        isClosing = true;
        socket.destroy();
        onFailure(why);
      };
      const onRead = (bytes: number, buffer: Uint8Array): boolean => {
        if (onAnswer === undefined && onBytes === undefined) {
          fail('bytes nobody asked for');
          return false;
        }
        const state = reader.push((buffer as Buffer).subarray(0, bytes));
        if (state === 'broken') {
          fail(`answer not understood: ${reader.head().slice(0, 100)}`);
          return false;
        }
        if (state === 'complete') {
          const done = onAnswer;
          onAnswer = undefined;
          done?.();
        } else onBytes?.();
        return true;
      };
      const socket: Socket = connect({
        host: '127.0.0.1',
        port,
        noDelay: true,
        onread: { buffer: shared, callback: onRead },
      });
      socket.once('error', (error) => {
        reject(error);
        fail(error.message);
      });
      socket.once('close', () => fail('connection closed by the other side'));
      socket.once('connect', () =>
        resolve({
          reader,
          request(bytes, done) {
            reader.reset();
            onAnswer = done;
            socket.write(bytes);
          },
          hold(bytes, needle) {
            reader.reset();
            return new Promise((held) => {
              onBytes = () => {
                if (reader.bodyContains(needle)) held();
              };
              socket.write(bytes);
            });
          },
          close() {
            isClosing = true;
            socket.destroy();
          },
        }),
      );
    });
}
