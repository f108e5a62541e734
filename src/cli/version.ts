import { gatewayName } from '../app/gateway-name.ts';
import type { Command } from './command.ts';

/** Prints the gateway's version. */
export const version: Command = {
  summary: 'Show the version of the gateway and of Node.',
  usage: ['version'],
  options: {},
  help: {},
  run: async ({ terminal }) => {
    terminal.out(`${gatewayName} (Node ${process.version})\n`);
    return 0;
  },
};
