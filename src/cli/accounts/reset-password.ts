import { loadConfig } from '../../app/config/config.ts';
import { wordAt, type Command } from '../command.ts';
import { configHelp, configOptions, configSources } from '../config-flags.ts';

/** Makes a link that sets somebody's password, for whoever may open the database. */
export const resetPassword: Command = {
  summary: 'Make a link by which a user sets a new password.',
  usage: ['reset-password <login> [flags]'],
  options: configOptions,
  help: configHelp,
  run: async ({ words, flags, terminal }) => {
    const login = wordAt(words, 0, 'the login or e-mail address: reset-password <login>');
    const { config } = loadConfig(configSources(flags));
    const { makePasswordReset } = await import('../../app/commands/make-password-reset.ts');
    terminal.out(`${await makePasswordReset(config, login)}\n`);
    terminal.error('The link works once and for an hour; give it to the user alone.\n');
    return 0;
  },
};
