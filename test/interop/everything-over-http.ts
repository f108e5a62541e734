import { Server, type AddressInfo } from 'node:net';

/**
 * Runs server-everything over HTTP. By itself it listens on every address and on a fixed port; here
 * it gets a free port of loopback, says which, and ends with the program that started it.
 */
const listen = Reflect.get(Server.prototype, 'listen') as (
  this: Server,
  options: object,
  ready: () => void,
) => Server;

function listenOnLoopback(this: Server, _port: unknown, ready: () => void): Server {
  return listen.call(this, { port: 0, host: '127.0.0.1' }, () => {
    const { port } = this.address() as AddressInfo;
    console.log(JSON.stringify({ event: 'listening', url: `http://127.0.0.1:${port}` }));
    ready();
  });
}

Reflect.set(Server.prototype, 'listen', listenOnLoopback);
process.stdin.once('close', () => process.exit(0)).resume();
const program = '@modelcontextprotocol/server-everything/dist/transports/streamableHttp.js';
await import(import.meta.resolve(program));
