import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { ReplyTarget } from '../reply.ts';

type Listener = () => void;

/** What the lane's connection does with a response that is done. */
export interface LaneEvents {
  /** The answer is complete; `reusable` says that the connection may carry another request. */
  done(reusable: boolean): void;
}

/** The Date header, made once a second. */
export interface LaneDate {
  header(): string;
}

/** What the edge adds to the answers of `node:http`. */
const SHARED = 'X-Content-Type-Options: nosniff\r\nVary: Origin\r\nConnection: keep-alive\r\n';

/**
 * The answer to a request of the fast lane: what a Reply needs of a ServerResponse and no more.
 * A body without a length is sent in chunks.
 */
export class LaneResponse implements ReplyTarget {
  readonly #socket: Socket;
  readonly #events: LaneEvents;
  readonly #date: LaneDate;
  #head = '';
  #headSent = false;
  #chunked = false;
  #ended = false;
  #closed = false;
  #closeListeners: Listener[] | undefined;
  #drainListeners: Listener[] | undefined;

  constructor(socket: Socket, date: LaneDate, events: LaneEvents) {
    this.#socket = socket;
    this.#date = date;
    this.#events = events;
  }

  get destroyed(): boolean {
    return this.#closed || this.#socket.destroyed;
  }

  get writableEnded(): boolean {
    return this.#ended;
  }

  get writableNeedDrain(): boolean {
    return this.#socket.writableNeedDrain;
  }

  get writableLength(): number {
    return this.#socket.writableLength;
  }

  writeHead(status: number, headers: readonly string[]): void {
    let head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n`;
    this.#chunked = true;
    for (let index = 0; index < headers.length; index += 2) {
      const name = headers[index] as string;
      if (name === 'content-length') this.#chunked = false;
      head += `${name}: ${headers[index + 1] as string}\r\n`;
    }
    if (this.#chunked) head += 'transfer-encoding: chunked\r\n';
    this.#head = `${head}${this.#date.header()}${SHARED}\r\n`;
  }

  flushHeaders(): void {
    this.write('');
  }

  /** False when the client reads more slowly than this is written. */
  write(data: string | Buffer): boolean {
    if (this.destroyed || this.#ended) return true;
    const head = this.#takeHead();
    if (!this.#chunked) {
      // Head, body and end leave together: a head alone would only wake the reader early.
      if (head !== '') {
        this.#socket.cork();
        this.#socket.write(head, 'latin1');
      }
      return this.#socket.write(data);
    }
    if (data.length === 0) return head === '' ? true : this.#socket.write(head, 'latin1');
    if (typeof data === 'string') {
      const bytes = Buffer.byteLength(data);
      return this.#socket.write(`${head}${bytes.toString(16)}\r\n${data}\r\n`);
    }
    this.#socket.cork();
    this.#socket.write(`${head}${data.length.toString(16)}\r\n`, 'latin1');
    this.#socket.write(data);
    const flowing = this.#socket.write('\r\n', 'latin1');
    this.#socket.uncork();
    return flowing;
  }

  end(data?: string | Buffer, encoding: BufferEncoding = 'utf8'): void {
    if (this.#ended) return;
    if (this.destroyed) {
      this.#ended = true;
      return;
    }
    if (this.#chunked) {
      if (typeof data === 'object') this.write(data);
      this.#ended = true;
      this.#socket.write(`${this.#takeHead()}${lastChunks(data)}`);
    } else {
      this.#ended = true;
      this.#lastBytes(data, encoding);
      this.#socket.uncork();
    }
    this.#finish(true);
  }

  once(event: 'close' | 'drain', listener: Listener): void {
    if (event === 'close') (this.#closeListeners ??= []).push(listener);
    else {
      (this.#drainListeners ??= []).push(listener);
      this.#socket.once('drain', listener);
    }
  }

  off(event: 'close' | 'drain', listener: Listener): void {
    const listeners = event === 'close' ? this.#closeListeners : this.#drainListeners;
    const index = listeners?.indexOf(listener) ?? -1;
    if (index !== -1) listeners?.splice(index, 1);
    if (event === 'drain') this.#socket.off('drain', listener);
  }

  setTimeout(milliseconds: number): void {
    this.#socket.setTimeout(milliseconds);
  }

  cork(): void {
    this.#socket.cork();
  }

  uncork(): void {
    this.#socket.uncork();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** The connection is gone; called by the lane. */
  connectionClosed(): void {
    this.#finish(false);
  }

  #lastBytes(data: string | Buffer | undefined, encoding: BufferEncoding): void {
    const head = this.#takeHead();
    if (typeof data === 'string' && encoding === 'latin1') {
      this.#socket.write(head + data, 'latin1');
      return;
    }
    if (head !== '') this.#socket.write(head, 'latin1');
    if (data === undefined) return;
    if (typeof data === 'string') this.#socket.write(data, encoding);
    else this.#socket.write(data);
  }

  #takeHead(): string {
    if (this.#headSent) return '';
    this.#headSent = true;
    return this.#head;
  }

  #finish(reusable: boolean): void {
    if (this.#closed) return;
    this.#closed = true;
    const listeners = this.#closeListeners;
    this.#closeListeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener();
    this.#events.done(reusable);
  }
}

/** The end of a chunked body, with a text before it. */
function lastChunks(data: string | Buffer | undefined): string {
  if (typeof data !== 'string' || data === '') return '0\r\n\r\n';
  return `${Buffer.byteLength(data).toString(16)}\r\n${data}\r\n0\r\n\r\n`;
}
