import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isJsonObject, type JsonObject } from '../../../src/kernel/json.ts';
import { checkAnswer } from './check-answer.ts';
import type { Suite } from './scenario.ts';
import { startTestServer, type TestServer } from './start-test-server.ts';
import { startToolCaller, type ToolCaller } from './tool-caller.ts';

/** What became of one suite. */
export interface SuiteOutcome {
  readonly document: string;
  /** Names of the server's scenarios for this document, and of those that were reached. */
  readonly scenarios: readonly string[];
  readonly reached: readonly string[];
  /** Operations of the document, and those that no call was made to. */
  readonly operations: number;
  readonly uncalled: readonly string[];
  readonly calls: number;
  /** Calls that did not answer as expected. */
  readonly wrong: readonly string[];
}

const { resolve } = createRequire(import.meta.url);

/** Calls every operation of the suites through a gateway, and asks the server what it saw. */
export async function runSuites(suites: readonly Suite[]): Promise<readonly SuiteOutcome[]> {
  await using server = await startTestServer();
  await using gateway = await startToolCaller();
  const outcomes: SuiteOutcome[] = [];
  for (const [at, suite] of suites.entries()) {
    outcomes.push(await runSuite(suite, at, server, gateway));
  }
  return outcomes;
}

async function runSuite(
  suite: Suite,
  at: number,
  server: TestServer,
  gateway: ToolCaller,
): Promise<SuiteOutcome> {
  const document = readDocument(suite.document);
  // Short, because it takes its part of the length that tool names may have.
  const slug = `suite-${at}`;
  await gateway.register(slug, { document, baseUrl: server.url, ...suite.config });
  await server.clear();
  const wrong: string[] = [];
  for (const { operation, reaches = '-', given, answer } of suite.scenarios) {
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    const problem = await gateway.call(slug, operation, text).then(
      (result) => checkAnswer(answer, result),
      (error: unknown) => String(error),
    );
    if (problem !== undefined) wrong.push(`${operation} (${reaches}) ${text}: ${problem}`);
  }
  const report = await server.report();
  const claimed = suite.scenarios.flatMap(({ reaches }) => reaches ?? []);
  const counted = Object.keys(report).filter((name) => suite.counts.test(name));
  const scenarios = [...new Set([...counted, ...claimed])].toSorted();
  const operations = operationsOf(document);
  const called = new Set(suite.scenarios.map(({ operation }) => operation));
  return {
    document: suite.document,
    scenarios,
    reached: scenarios.filter((name) => (report[name] ?? 0) > 0),
    operations: operations.length,
    uncalled: operations.filter((name) => !called.has(name)),
    calls: suite.scenarios.length,
    wrong,
  };
}

/** A document as the package has it; some begin with a byte order mark. */
function readDocument(name: string): JsonObject {
  const path = resolve(`@microsoft.azure/autorest.testserver/swagger/${name}.json`);
  return JSON.parse(readFileSync(path, 'utf8').replace(/^\uFEFF/, '')) as JsonObject;
}

function operationsOf(document: JsonObject): readonly string[] {
  const items = Object.values(document['paths'] as JsonObject).filter(isJsonObject);
  return items.flatMap((item) =>
    Object.values(item).flatMap((operation) => {
      const id = isJsonObject(operation) ? operation['operationId'] : undefined;
      return typeof id === 'string' ? [id] : [];
    }),
  );
}
