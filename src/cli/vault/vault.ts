import { cell } from '../cells.ts';
import { UsageError, type Command } from '../command.ts';
import { clientHelp, clientOptions, gatewayClient } from '../gateway-client.ts';

/** Rotates the keys that credentials for services are sealed with, while the gateway serves. */
export const vault: Command = {
  summary: 'Rotate the keys that credentials for services are sealed with.',
  usage: ['vault rotate [--data-keys] [flags]'],
  options: { ...clientOptions, 'data-keys': { type: 'boolean' } },
  help: {
    ...clientHelp,
    'data-keys': 'Make new data keys too, and seal every credential with them.',
  },
  run: async ({ words, flags, terminal }) => {
    if (words[0] !== 'rotate') throw new UsageError('Use vault rotate.');
    const body = { dataKeys: flags['data-keys'] === true };
    const answer = await gatewayClient(flags).call('POST', '/api/v1/vault/rotations', body);
    if (flags['json'] === true) terminal.out(`${JSON.stringify(answer)}\n`);
    else {
      const count = (name: string): string => cell(answer, name);
      terminal.out(
        `Wrapped ${count('rewrapped')} data keys anew, made ${count('made')}, ` +
          `sealed ${count('resealed')} credentials anew, deleted ${count('deleted')} old keys.\n`,
      );
    }
    return 0;
  },
};
