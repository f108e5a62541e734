import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import type { Listening } from '../support/listen.ts';
import { startModernServer } from './start-modern-server.ts';

describe('the modern example server', () => {
  let server: Listening;
  let client: Client;
  let confirm = true;
  before(async () => {
    server = await startModernServer({ port: 0 });
    client = new Client(
      { name: 'test', version: '1.0.0' },
      {
        capabilities: { elicitation: { form: {} } },
        versionNegotiation: { mode: { pin: '2026-07-28' } },
      },
    );
    client.setRequestHandler('elicitation/create', () => ({
      action: 'accept',
      content: { confirm },
    }));
    await client.connect(new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`)));
  });
  after(async () => {
    await client.close();
    await server.close();
  });

  const day = '2027-03-01';

  it('speaks the modern era only', async () => {
    assert.equal(client.getProtocolEra(), 'modern');
    const legacy = new Client({ name: 'test', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`));
    await assert.rejects(legacy.connect(transport));
  });

  it('answers with structured content', async () => {
    const { structuredContent } = await client.callTool({
      name: 'find-rooms',
      arguments: { day, people: 10 },
    });
    assert.deepEqual(structuredContent, {
      rooms: [
        { name: 'Orangery', seats: 14 },
        { name: 'Great hall', seats: 50 },
      ],
    });
  });

  it('asks before it books', async () => {
    const book = { name: 'book-room', arguments: { room: 'Orangery', day, people: 10 } };
    confirm = false;
    assert.equal((await client.callTool(book)).isError, true);
    confirm = true;
    const { structuredContent } = await client.callTool(book);
    assert.deepEqual(structuredContent, { room: 'Orangery', day, people: 10 });
    assert.equal((await client.callTool(book)).isError, true, 'taken now');
  });

  it('reports progress', async () => {
    const seen: number[] = [];
    const call = { name: 'check-rooms', arguments: {} };
    await client.callTool(call, { onprogress: ({ progress }) => seen.push(progress) });
    assert.deepEqual(seen, [1, 2, 3, 4]);
  });

  it('has a prompt and a resource', async () => {
    const { messages } = await client.getPrompt({
      name: 'plan-meeting',
      arguments: { topic: 'tea', people: '4' },
    });
    assert.match(JSON.stringify(messages), /room for 4 people .* about tea/);
    const { contents } = await client.readResource({ uri: 'rooms://house-rules' });
    assert.match(JSON.stringify(contents), /Leave rooms tidy/);
  });
});
