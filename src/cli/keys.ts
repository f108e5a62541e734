import type { MadeKey } from '../app/commands/manage-keys.ts';
import { loadConfig } from '../app/config/config.ts';
import { UsageError, wordAt, type Command } from './command.ts';
import { configHelp, configOptions, configSources } from './config-flags.ts';
import { formatTable } from './table.ts';

/** Shows, checks and changes the ring of keys that sign and seal, while no gateway needs it. */
export const keys: Command = {
  summary: 'Show, check and rotate the keys that sign and seal (API keys: see key).',
  usage: [
    'keys list [flags]',
    'keys check [flags]',
    'keys rotate [flags]',
    'keys promote <id> [flags]',
    'keys forget <id> [flags]',
    'keys rotate-tokens [flags]',
  ],
  options: configOptions,
  help: configHelp,
  run: async ({ words, flags, terminal }) => {
    const [action] = words;
    const { config } = loadConfig(configSources(flags));
    const manage = await import('../app/commands/manage-keys.ts');
    if (action === 'list') {
      const rows = (await manage.listKeys(config)).map((one) => [one.id, one.fingerprint, one.use]);
      terminal.out(formatTable([['ID', 'FINGERPRINT', 'USE'], ...rows]));
    } else if (action === 'check') {
      const ring = await manage.listKeys(config);
      const ids = ring.map(({ id }) => id).join(', ');
      terminal.out(`The key ring (${ids}) is the one that the data was made with.\n`);
    } else if (action === 'rotate') {
      const made = await manage.makeRingKey(config);
      if (made.secret !== undefined) terminal.out(`${made.secret}\n`);
      terminal.error(nextSteps(made));
    } else if (action === 'promote') {
      const id = wordAt(words, 1, 'the id of a key: keys promote <id>');
      await manage.promoteKey(config, id);
      terminal.out(`Each gateway signs with ${id} from its next start on.\n`);
    } else if (action === 'forget') {
      const id = wordAt(words, 1, 'the id of a key: keys forget <id>');
      await manage.forgetKey(config, id);
      terminal.out(`Forgot ${id}: what it signed or sealed is refused from now on.\n`);
    } else if (action === 'rotate-tokens') {
      const { rotateSigningKey } = await import('../app/commands/rotate-signing-key.ts');
      const isMade = await rotateSigningKey(config);
      const other = 'Nothing was signed yet: the first key is made when it is needed.\n';
      const made = 'A new key signs access tokens; the one before verifies for an hour more.\n';
      terminal.out(isMade ? made : other);
    } else throw new UsageError('Use keys list, check, rotate, promote, forget or rotate-tokens.');
    return 0;
  },
};

function nextSteps({ id, fingerprint, kept }: MadeKey): string {
  const made = `Made the key ${id} (fingerprint ${fingerprint})`;
  if (kept === 'file') return `${made} in the data folder; it signs from the next start on.\n`;
  if (kept === 'database') {
    return `${made} in the database; restart every gateway, then run keys promote ${id}.\n`;
  }
  return (
    `${made}, kept nowhere: add it at the end of keys on every gateway and restart them; ` +
    'then move it to the front and restart them again.\n'
  );
}
