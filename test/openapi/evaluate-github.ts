import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createOpenapiConnector } from '../../src/connectors/openapi/connector.ts';
import { estimateTokens } from '../../src/kernel/estimate-tokens.ts';
import type { Json } from '../../src/kernel/json.ts';
import { keptOutcome } from '../../src/mcp/kept-outcome.ts';
import type { CompleteOutcome, McpOutcome } from '../../src/mcp/message.ts';
import { openConnector, type OpenedConnector } from '../support/open-connector.ts';
import type { Measured } from './compare/measure-conversion.ts';
import { githubDocument, githubFile } from './github-document.ts';
import { callerOf } from '../../src/upstream/upstream.ts';

const run = promisify(execFile);
const MEASURE = fileURLToPath(new URL('compare/measure-conversion.ts', import.meta.url));
const PROCESSES = 3;
const WARM_LISTS = 20;

/** A large real API: from a file to its list in a process of its own, and the lists themselves. */
export async function evaluateGithub(write: (line: string) => void): Promise<void> {
  const measured: Measured[] = [];
  for (let index = 0; index < PROCESSES; index++) {
    const { stdout } = await run(process.execPath, [MEASURE, 'MCP Gateway', '', githubFile()]);
    measured.push(JSON.parse(stdout) as Measured);
  }
  const best = measured.toSorted((a, b) => a.ms - b.ms)[0] as Measured;
  const memory = Math.max(...measured.map(({ residentMegabytes }) => residentMegabytes));
  write(
    `A9   GitHub               ${best.tools} operations: ${best.ms.toFixed(0)} ms from bytes ` +
      `to list (best of ${PROCESSES} processes), at most ${memory.toFixed(0)} MB`,
  );
  const document = githubDocument();
  await using whole = await openConnector(createOpenapiConnector(), { document });
  const pages = await listBytes(whole);
  const warm: number[] = [];
  for (let index = 0; index < WARM_LISTS; index++) {
    const start = performance.now();
    await listBytes(whole);
    warm.push(performance.now() - start);
  }
  const middle = warm.toSorted((a, b) => a - b)[WARM_LISTS / 2] as number;
  write(`A9   GitHub, warm list    ${middle.toFixed(2)} ms (all pages, median of ${WARM_LISTS})`);
  write(`A10  GitHub, static       ${pages} bytes`);
  const search = { document, exposure: 'search' };
  await using searched = await openConnector(createOpenapiConnector(), search);
  const tokens = estimateTokens(JSON.stringify({ tools: await searched.tools() }));
  write(`A10  GitHub, search       ${tokens} tokens`);
}

/** Reads a list to its end as bytes, which is what a client is sent. */
async function listBytes({ upstream, cancellation }: OpenedConnector): Promise<number> {
  let bytes = 0;
  let cursor: Json = null;
  do {
    const outcome: McpOutcome = await upstream.request(
      {
        method: 'tools/list',
        params: cursor === null ? {} : { cursor },
        client: { era: 'modern', protocolVersion: '2026-07-28', capabilities: {} },
        wantsProgress: false,
        caller: callerOf('ten_test', 'key_test'),
      },
      { cancellation, deadlineMs: Infinity, notified: 0, notify: () => undefined },
    );
    const { result } = keptOutcome(outcome) as CompleteOutcome;
    bytes += result.bytes.length;
    cursor = (result.member('nextCursor') as Json | undefined) ?? null;
  } while (cursor !== null);
  return bytes;
}
