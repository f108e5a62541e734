/** A call of one tool, under the name it has on its service. */
export interface ToolCall {
  readonly tool: string;
  /** `turn` differs from call to call, for tools that cannot do the same thing twice. */
  input(turn: number): Readonly<Record<string, unknown>>;
  /** What the right answer says, as JSON text. */
  readonly expected: RegExp;
}

/** One upstream of the matrix. */
export interface InteropService {
  readonly slug: string;
  /** The program behind it. */
  readonly title: string;
  /** The era its usage records must name; what is no MCP server counts as modern. */
  readonly era: 'modern' | 'legacy';
  readonly calls: readonly ToolCall[];
  /** A tool that asks the user once. */
  readonly ask?: ToolCall;
}

const askEverything: ToolCall = {
  tool: 'trigger-elicitation-request',
  input: () => ({}),
  expected: /Name: Ada.*Favorite Integer: 7/,
};

/** What every client is tried on. */
export const services: readonly InteropService[] = [
  {
    slug: 'orders',
    title: 'an HTTP API',
    era: 'modern',
    calls: [
      {
        tool: 'listProducts',
        input: () => ({ category: ['tea'], maxPriceCents: 1000 }),
        expected: /green-tea/,
      },
    ],
  },
  {
    slug: 'everything',
    title: 'server-everything over stdio',
    era: 'legacy',
    calls: [{ tool: 'get-sum', input: () => ({ a: 19, b: 23 }), expected: /19 and 23 is 42/ }],
    ask: askEverything,
  },
  {
    slug: 'everything-http',
    title: 'server-everything over HTTP',
    era: 'legacy',
    calls: [{ tool: 'get-sum', input: () => ({ a: 20, b: 23 }), expected: /20 and 23 is 43/ }],
    ask: askEverything,
  },
  {
    slug: 'memory',
    title: 'server-memory',
    era: 'legacy',
    calls: [
      {
        tool: 'search_nodes',
        input: () => ({ query: 'nobody' }),
        expected: /entities.*relations/s,
      },
    ],
  },
  {
    slug: 'filesystem',
    title: 'server-filesystem',
    era: 'legacy',
    calls: [
      {
        tool: 'read_text_file',
        input: () => ({ path: 'tea.txt' }),
        expected: /Steep for three minutes/,
      },
    ],
  },
  {
    slug: 'context7',
    title: '@upstash/context7-mcp; the API behind it is played',
    era: 'modern',
    calls: [
      {
        tool: 'resolve-library-id',
        input: () => ({ libraryName: 'teapot', query: 'how to pour' }),
        expected: /\/tea\/pot/,
      },
      {
        tool: 'query-docs',
        input: () => ({ libraryId: '/tea/pot', query: 'how to pour' }),
        expected: /out of tea/,
      },
    ],
  },
  {
    slug: 'playwright',
    title: '@playwright/mcp without a browser',
    era: 'legacy',
    calls: [
      {
        tool: 'browser_navigate',
        input: () => ({ url: 'about:blank' }),
        expected: /executable doesn't exist at .*there-is-no-browser/,
      },
    ],
  },
  {
    slug: 'rooms',
    title: 'the modern example server',
    era: 'modern',
    calls: [
      {
        tool: 'find-rooms',
        input: () => ({ day: '2027-03-01', people: 40 }),
        expected: /Great hall/,
      },
    ],
    ask: {
      tool: 'book-room',
      input: (turn) => ({ room: 'Library', day: dayOf(turn), people: 4 }),
      expected: /Booked Library/,
    },
  },
];

/** Each turn has a day of its own. */
function dayOf(turn: number): string {
  return new Date(Date.UTC(2028, 0, 1 + turn)).toISOString().slice(0, 10);
}
