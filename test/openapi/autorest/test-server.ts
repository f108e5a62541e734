import { Server, type AddressInfo, type ListenOptions } from 'node:net';
import { createRequire } from 'node:module';

/**
 * The process of the reference server: `test-server.ts <folder for its reports>`. The package
 * listens on every interface; here whatever it asks for becomes a free port of loopback, which is
 * told to the parent.
 */
const [folder = ''] = process.argv.slice(2);
const listen = Server.prototype.listen as (options: ListenOptions) => Server;

Server.prototype.listen = function listenOnLoopback(this: Server, ...given: unknown[]): Server {
  const whenListening = given.findLast((item) => typeof item === 'function') as
    | (() => void)
    | undefined;
  this.once('listening', () => {
    whenListening?.();
    process.send?.({ port: (this.address() as AddressInfo).port });
  });
  return listen.call(this, { host: '127.0.0.1', port: 0 });
};

// It would say every step of every request to nobody.
console.log = () => {};
// Without its parent it is of no use.
process.once('disconnect', () => process.exit());
process.argv.splice(2, process.argv.length, 'run', '--coverageDirectory', folder);
createRequire(import.meta.url)('@microsoft.azure/autorest.testserver/dist/cli/cli.js');
