import type { JsonObject } from '../../kernel/json.ts';
import { cell, objectsOf, timeCell } from '../cells.ts';
import type { GatewayClient } from '../gateway-client.ts';
import { formatTable } from '../table.ts';
import type { ChatLines } from './chat-lines.ts';
import { lastSaid, openRun, type ChatTalk } from './chat-talk.ts';
import { shownText } from './shown-text.ts';

const HELP = `/new            begin another conversation
/list           your conversations
/open <number>  go on with one of them
/model [name]   the models there are, or the one that answers from now on
/stop           stop the run that works; Ctrl-C does the same
/quit           leave; a run goes on without you
`;

/** What the prompt works with. */
export interface PromptOptions {
  readonly client: GatewayClient;
  readonly talk: ChatTalk;
  readonly lines: ChatLines;
  write(text: string): void;
}

/** Reads what a person types until they leave. */
export async function promptChat(options: PromptOptions): Promise<void> {
  const { talk, lines, write } = options;
  let isWorking = false;
  const stop = (): void => {
    talk.stop().catch((error: unknown) => write(`! ${(error as Error).message}\n`));
  };
  lines.interrupt = () => {
    if (isWorking) return stop();
    write('\n/quit leaves the chat.\n');
    lines.again();
  };
  lines.busy = (line) => {
    if (line.trim() === '/stop') stop();
    else if (line.trim() !== '') write('A run works: /stop or Ctrl-C stops it.\n');
  };
  let listed: readonly JsonObject[] = [];
  for (;;) {
    const line = (await lines.ask('> '))?.trim();
    if (line === undefined || line === '/quit') return;
    if (line === '') continue;
    isWorking = true;
    try {
      if (line === '/list') listed = await list(options);
      else if (line.startsWith('/open')) await open(options, listed, line.slice(5).trim());
      else if (line.startsWith('/')) await command(options, line);
      else await talk.say(line);
    } catch (error) {
      write(`! ${(error as Error).message}\n`);
    } finally {
      isWorking = false;
    }
  }
}

async function command({ client, talk, write }: PromptOptions, line: string): Promise<void> {
  const [name = '', ...rest] = line.split(/\s+/);
  switch (name) {
    case '/new':
      talk.begin();
      return write('The next message begins a conversation.\n');
    case '/stop':
      return write('No run works.\n');
    case '/model': {
      const models = objectsOf(await client.call('GET', '/api/v1/models'), 'models');
      const [wanted] = rest;
      if (wanted !== undefined) {
        talk.model = wanted;
        return write(`${wanted} answers from now on.\n`);
      }
      const rows = models.map((model) => {
        const isDefault = model['isDefault'] === true ? 'default' : '';
        const isScript = model['isLanguageModel'] === false ? 'a script, no language model' : '';
        return [cell(model, 'name'), isDefault, isScript];
      });
      return write(formatTable(rows));
    }
    default:
      return write(HELP);
  }
}

async function list({ talk, write }: PromptOptions): Promise<readonly JsonObject[]> {
  const all = await talk.list();
  const rows = all.map((one, at) => [
    String(at + 1),
    timeCell(one, 'changedAtMs').slice(0, 16),
    shownText(cell(one, 'title')),
  ]);
  write(rows.length === 0 ? 'There are none yet.\n' : formatTable(rows));
  return all;
}

async function open(
  { talk, write }: PromptOptions,
  listed: readonly JsonObject[],
  wanted: string,
): Promise<void> {
  const all = listed.length > 0 ? listed : await talk.list();
  const found = all[Number(wanted) - 1] ?? all.find(({ id }) => id === wanted);
  if (found === undefined) return write('Give a number of /list.\n');
  const read = await talk.open(cell(found, 'id'));
  write(`${shownText(cell(read, 'title'))}\n${shownText(lastSaid(read))}\n`);
  const run = openRun(read);
  if (run !== undefined) await talk.attach(run);
}
