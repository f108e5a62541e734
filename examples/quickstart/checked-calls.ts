import type { CallToolResult } from '@modelcontextprotocol/client';

/** One call and what its answer must be. */
export interface CheckedCall {
  readonly service: string;
  /** The tool's own name on its service; on `/mcp` it is `service__tool`. */
  readonly tool: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** What the demo plan charges for it. */
  readonly cost: string;
  /** Says what is wrong with the answer, or undefined when it is right. */
  check(result: CallToolResult, seen: Seen): string | undefined;
}

/** What reached the client besides the answer. */
export interface Seen {
  readonly progress: number;
  readonly questions: number;
}

/** The calls of one client; `era` and `run` keep the data of clients and runs apart. */
export function checkedCalls(era: string, run: string): readonly CheckedCall[] {
  const customer = `${era} client ${run}`;
  return [...orders(customer), ...everything(era), ...memory(customer), ...rooms(era)];
}

function orders(customer: string): readonly CheckedCall[] {
  return [
    {
      service: 'orders',
      tool: 'listProducts',
      cost: '0.001',
      arguments: { category: ['tea'], maxPriceCents: 1000 },
      check: (result) => contains(result, '"green-tea"', '750'),
    },
    {
      service: 'orders',
      tool: 'placeOrder',
      cost: '0.001',
      arguments: {
        'Idempotency-Key': customer,
        body: { customer, items: [{ productId: 'green-tea', quantity: 2 }], note: null },
      },
      check: (result) => contains(result, customer, '1500', 'pending'),
    },
    {
      service: 'orders',
      tool: 'getOrder',
      cost: '0.001',
      arguments: { orderId: 999_999_999 },
      check: (result) => (result.isError === true ? undefined : 'an unknown order was found'),
    },
  ];
}

function everything(era: string): readonly CheckedCall[] {
  return [
    {
      service: 'everything',
      tool: 'echo',
      cost: '0.001',
      arguments: { message: `Hello from a ${era} client` },
      check: (result) => contains(result, `Echo: Hello from a ${era} client`),
    },
    {
      service: 'everything',
      tool: 'get-sum',
      cost: '0.0025',
      arguments: { a: 19, b: 23 },
      check: (result) => contains(result, '42'),
    },
    {
      service: 'everything',
      tool: 'trigger-elicitation-request',
      cost: '0.001',
      arguments: {},
      check: (result, seen) => contains(result, 'Ada') ?? asked(seen),
    },
  ];
}

function memory(customer: string): readonly CheckedCall[] {
  return [
    {
      service: 'memory',
      tool: 'create_entities',
      cost: '0.0005',
      arguments: {
        entities: [{ name: customer, entityType: 'client', observations: ['likes tea'] }],
      },
      check: (result) => contains(result, customer),
    },
    {
      service: 'memory',
      tool: 'open_nodes',
      cost: '0.0005',
      arguments: { names: [customer] },
      check: (result) => contains(result, 'likes tea'),
    },
  ];
}

function rooms(era: string): readonly CheckedCall[] {
  const day = '2027-03-01';
  const room = era === 'modern' ? 'Library' : 'Orangery';
  return [
    {
      service: 'rooms',
      tool: 'find-rooms',
      cost: '0.001',
      arguments: { day, people: 10 },
      check: ({ structuredContent }) =>
        JSON.stringify(structuredContent).includes('{"name":"Great hall","seats":50}')
          ? undefined
          : 'the structured content is not what was expected',
    },
    {
      service: 'rooms',
      tool: 'book-room',
      cost: '0.001',
      arguments: { room, day, people: 4 },
      check: (result, seen) => contains(result, `Booked ${room}`) ?? asked(seen),
    },
    {
      service: 'rooms',
      tool: 'check-rooms',
      cost: '0.001',
      arguments: {},
      check: (result, { progress }) =>
        contains(result, 'screens work') ?? (progress === 4 ? undefined : `${progress} reports`),
    },
  ];
}

function contains(result: CallToolResult, ...parts: readonly string[]): string | undefined {
  const text = JSON.stringify(result).replaceAll('\\"', '"');
  if (result.isError === true) return `the tool failed: ${text.slice(0, 200)}`;
  const missing = parts.find((part) => !text.includes(part));
  return missing === undefined ? undefined : `${missing} is not in ${text.slice(0, 200)}`;
}

function asked({ questions }: Seen): string | undefined {
  return questions === 1 ? undefined : `the user was asked ${questions} times`;
}
