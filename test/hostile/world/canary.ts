import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** A listener that nobody may ever reach. */
export class Canary implements AsyncDisposable {
  hits = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  private constructor() {
    this.#server = createServer((socket) => {
      this.hits++;
      this.#sockets.add(socket);
      socket.on('error', () => {});
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\ncanary');
    });
  }

  static async start(): Promise<Canary> {
    const canary = new Canary();
    canary.#server.listen(0, '127.0.0.1');
    await once(canary.#server, 'listening');
    return canary;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
