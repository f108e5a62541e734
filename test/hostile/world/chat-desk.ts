import { EvilModel } from './evil-model.ts';
import { EvilUpstream } from './evil-upstream.ts';

/** What only the books know, and what must not get anywhere else. */
export const PRIVATE_FACT = 'PRIVATE-books-7d1f3c';

const reads = { annotations: { readOnlyHint: true } } as const;
const writes = { annotations: { readOnlyHint: false, destructiveHint: false } } as const;
const text = (...names: readonly string[]) => ({
  inputSchema: {
    type: 'object',
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
    additionalProperties: false,
  },
});

/** A model that does what it is told to, and the services that its chats may use. */
export interface ChatDesk extends AsyncDisposable {
  readonly model: EvilModel;
  /** Pages and issues that anybody in the world can write. */
  readonly web: EvilUpstream;
  /** What is private. */
  readonly books: EvilUpstream;
  /** What leaves the house. */
  readonly mail: EvilUpstream;
}

/** Starts them. */
export async function openChatDesk(): Promise<ChatDesk> {
  await using opened = new AsyncDisposableStack();
  const model = opened.use(await EvilModel.start());
  const [web, books, mail] = await Promise.all([1, 2, 3].map(() => EvilUpstream.start()));
  for (const one of [web, books, mail]) one?.tools.clear();
  if (web === undefined || books === undefined || mail === undefined) throw new Error('unreached');
  for (const one of [web, books, mail]) opened.use(one);
  web.offer('page', { ...reads, ...text('url') }, ({ say }) => say('A page.'));
  web.offer('issue', reads, ({ say }) => say('An issue.'));
  web.offer('publish', { ...writes, ...text('body') }, ({ say }) => say('published'));
  books.offer('read', { ...reads, ...text('of') }, ({ say }) => say(`The sum: ${PRIVATE_FACT}`));
  books.offer('note', { ...writes, ...text('note') }, ({ say }) => say('noted'));
  books.offer('pay', text('to'), ({ say }) => say('paid'));
  books.offer('echo', { ...reads, inputSchema: { type: 'object' } }, ({ args, say }) =>
    say(JSON.stringify(args).slice(0, 1_000)),
  );
  books.offer('slow', reads, ({ say, response }) => {
    const timer = setTimeout(() => say('late'), 20_000);
    response.once('close', () => clearTimeout(timer));
  });
  mail.offer('send', text('to', 'body'), ({ say }) => say('sent'));
  mail.offer('lookup', { ...reads, ...text('who') }, ({ say }) => say('nobody'));
  const cleanUp = opened.move();
  return { model, web, books, mail, [Symbol.asyncDispose]: () => cleanUp.disposeAsync() };
}
