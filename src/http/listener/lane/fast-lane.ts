import type { Socket } from 'node:net';
import { LastSeen } from '../../../kernel/recent/last-seen.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ReplyTarget } from '../reply.ts';
import { LaneResponse, type LaneDate, type LaneEvents } from './lane-response.ts';
import {
  readLaneRequest,
  type LaneHead,
  type LaneRequest,
  type NameCache,
} from './read-lane-request.ts';

/** A door that takes requests from the lane. */
export interface LaneDoor {
  owns(url: string): boolean;
  /** Serves one request; never rejects. */
  serveWhole(request: LaneRequest, response: ReplyTarget): Promise<void>;
}

interface LaneConnection extends LaneEvents {
  readonly socket: Socket;
  readonly lastHead: LastSeen<LaneHead>;
  /** The answer under way, or undefined between requests. */
  response: LaneResponse | undefined;
  /** What came while an answer was under way. */
  waiting: Buffer | undefined;
  idleSinceMs: number;
  fresh: boolean;
}

const SWEEP_MS = 1_000;

/**
 * Takes new connections and serves plain requests itself. The first bytes that are not one whole
 * plain request for a door of the lane go, with the connection, to `node:http` for good.
 */
export class FastLane implements Disposable {
  readonly #door: LaneDoor;
  readonly #handOver: (socket: Socket) => void;
  readonly #names: NameCache = new Map();
  readonly #connections = new Set<LaneConnection>();
  readonly #timer: NodeJS.Timeout;
  readonly #date: LaneDate;
  #nowMs = Date.now();
  #dateHeader = '';
  #closing = false;

  constructor(door: LaneDoor, handOver: (socket: Socket) => void) {
    this.#door = door;
    this.#handOver = handOver;
    this.#date = { header: () => this.#dateHeader };
    this.#tick();
    this.#timer = setInterval(() => this.#tick(), SWEEP_MS);
    this.#timer.unref();
  }

  /** Takes a new connection. */
  accept(socket: Socket): void {
    const connection: LaneConnection = {
      socket,
      lastHead: new LastSeen(),
      response: undefined,
      waiting: undefined,
      idleSinceMs: this.#nowMs,
      fresh: true,
      done: (reusable) => this.#done(connection, reusable),
    };
    const listeners = {
      data: (bytes: Buffer): void => {
        if (connection.response !== undefined) this.#wait(connection, bytes);
        else if (!this.#serve(connection, bytes)) leave(bytes);
      },
      error: (): void => void socket.destroy(),
      timeout: (): void => void socket.destroy(),
      end: (): void => void socket.end(),
      close: (): void => {
        this.#connections.delete(connection);
        connection.response?.connectionClosed();
      },
    };
    const leave = (bytes: Buffer): void => {
      for (const [event, listener] of Object.entries(listeners)) socket.off(event, listener);
      this.#leave(connection, bytes);
    };
    this.#connections.add(connection);
    socket.setNoDelay(true);
    for (const [event, listener] of Object.entries(listeners)) socket.on(event, listener);
  }

  /** Ends connections that carry no request, and every other after its answer. */
  closeIdle(): void {
    this.#closing = true;
    for (const { socket, response } of this.#connections) {
      if (response === undefined) socket.destroy();
    }
  }

  /** Ends all connections. */
  closeAll(): void {
    for (const { socket } of this.#connections) socket.destroySoon();
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }

  /** False when the bytes are not for the lane. */
  #serve(connection: LaneConnection, bytes: Buffer): boolean {
    const request = this.#closing
      ? undefined
      : readLaneRequest(bytes, this.#names, connection.lastHead);
    if (request === undefined || !this.#door.owns(request.url)) return false;
    const response = new LaneResponse(connection.socket, this.#date, connection);
    connection.response = response;
    // The last answer may have left a watch for slow readers.
    if ((connection.socket.timeout ?? 0) > 0) connection.socket.setTimeout(0);
    connection.fresh = false;
    void this.#door.serveWhole(request, response);
    return true;
  }

  #done(connection: LaneConnection, reusable: boolean): void {
    connection.response = undefined;
    connection.idleSinceMs = this.#nowMs;
    const { socket, waiting } = connection;
    if (!reusable || this.#closing) {
      socket.end();
      return;
    }
    connection.waiting = undefined;
    if (waiting === undefined) return;
    setImmediate(() => {
      if (socket.isPaused()) socket.resume();
      socket.emit('data', waiting);
    });
  }

  /** A client that sends on while its answer is under way is held back, not dropped. */
  #wait(connection: LaneConnection, bytes: Buffer): void {
    const { waiting, socket } = connection;
    connection.waiting = waiting === undefined ? bytes : Buffer.concat([waiting, bytes]);
    if (connection.waiting.length > limits.requestHeadBytesMax) socket.pause();
  }

  /** Gives the connection to `node:http` as if it had just been opened with these bytes. */
  #leave(connection: LaneConnection, bytes: Buffer): void {
    const { socket } = connection;
    this.#connections.delete(connection);
    socket.unshift(bytes);
    this.#handOver(socket);
  }

  #tick(): void {
    this.#nowMs = Date.now();
    this.#dateHeader = `Date: ${new Date(this.#nowMs).toUTCString()}\r\n`;
    for (const { socket, response, idleSinceMs, fresh } of this.#connections) {
      const allowedMs = fresh ? limits.requestHeadMs : limits.clientIdleMs;
      if (response === undefined && this.#nowMs - idleSinceMs > allowedMs) socket.destroy();
    }
  }
}
