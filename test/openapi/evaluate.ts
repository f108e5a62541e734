import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile } from '../../src/connectors/openapi/compile/compile.ts';
import type {
  CompiledDocument,
  CompiledTool,
} from '../../src/connectors/openapi/model/compiled-document.ts';
import type { JsonObject } from '../../src/kernel/json.ts';
import { parseArgs } from 'node:util';
import { profileNames } from '../../src/connectors/openapi/profiles/profile-names.ts';
import { runSuites } from './autorest/run-suites.ts';
import { suites } from './autorest/suites.ts';
import { percentOf, summarize } from './autorest/summarize.ts';
import { checkTool, type ToolFault } from './check-tool.ts';
import { comparePeers } from './compare-peers.ts';
import { countDeclared } from './count-declared.ts';
import { evaluateCalls } from './evaluate-calls.ts';
import { evaluateGraphql } from './evaluate-graphql.ts';
import { evaluateGithub } from './evaluate-github.ts';
import { evaluateCuration } from './evaluate-curation.ts';
import { writeSearchScores } from './write-search-scores.ts';
import { evaluateEjected, evaluateEjectedWire } from './evaluate-ejected.ts';
import { evaluateOutputs, evaluateProfiles, type OutputTotals } from './evaluate-tools.ts';
import { fuzzPaths } from './fuzz-paths.ts';
import { makeLargeDocument } from './make-large-document.ts';
import { readCorpus, type CorpusDocument } from './read-corpus.ts';
import type { WireCase } from './judge-wire-case.ts';
import { runWireCases } from './run-wire-cases.ts';
import { shufflePaths } from './shuffle-paths.ts';

/** Everything counted over a corpus. */
interface Totals {
  documents: number;
  failed: string[];
  operations: number;
  tools: number;
  parameters: number;
  exposed: number;
  typed: number;
  denied: number;
  missing: string[];
  faults: Map<ToolFault, string[]>;
  duplicates: number;
  unstable: string[];
  recursive: number;
  largest: { name: string; bytes: number };
  over32k: number;
  slowest: { name: string; ms: number };
}

const write = (line: string): void => void process.stdout.write(`${line}\n`);

function evaluateDocument(document: CorpusDocument, totals: Totals): void {
  totals.documents += 1;
  if (document.root === undefined) {
    totals.failed.push(`${document.name}: ${document.problem}`);
    return;
  }
  const { root, name } = document;
  const declared = countDeclared(root);
  const start = performance.now();
  let compiled: CompiledDocument;
  try {
    compiled = compile(root);
  } catch (error) {
    totals.failed.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    return;
  }
  const listBytes = JSON.stringify(compiled.operations.map(({ tool }) => tool)).length;
  const ms = document.readMs + performance.now() - start;
  if (ms > totals.slowest.ms) totals.slowest = { name, ms };
  write(
    [
      name.padEnd(44),
      compiled.service.dialect,
      String(declared.length).padStart(6),
      String(compiled.operations.length).padStart(6),
      String(listBytes).padStart(10),
      `${ms.toFixed(0).padStart(6)} ms`,
      `${compiled.diagnostics.length} diagnostics`,
    ].join('  '),
  );
  totals.operations += declared.length;
  totals.tools += compiled.operations.length;
  countParameters(name, declared, compiled, totals);
  for (const { tool } of compiled.operations) countTool(name, tool, totals);
  const names = compiled.operations.map(({ tool }) => tool.name.toLowerCase());
  totals.duplicates += names.length - new Set(names).size;
  if (!sameTools(compiled, compile(shufflePaths(root)))) totals.unstable.push(name);
}

function countParameters(
  name: string,
  declared: ReturnType<typeof countDeclared>,
  compiled: CompiledDocument,
  totals: Totals,
): void {
  const byId = new Map(compiled.operations.map((operation) => [operation.id, operation]));
  for (const { id, parameters } of declared) {
    const operation = byId.get(id);
    const plans = [...(operation?.plan.parameters ?? []), ...(operation?.plan.body?.fields ?? [])];
    const properties = (operation?.tool.inputSchema['properties'] ?? {}) as {
      readonly [name: string]: JsonObject;
    };
    for (const parameter of parameters) {
      totals.parameters += 1;
      const plan = plans.find(
        (it) => it.name === parameter.name && it.location === parameter.location,
      );
      const schema = plan === undefined ? undefined : properties[plan.argument];
      if (schema === undefined) {
        const denied = compiled.diagnostics.some(
          (it) => it.code === 'denied_header' && it.operation === id,
        );
        if (denied) totals.denied += 1;
        else totals.missing.push(`${name} ${id} ${parameter.location} ${parameter.name}`);
        continue;
      }
      totals.exposed += 1;
      const says = ['type', '$ref', 'anyOf', 'oneOf', 'allOf', 'const', 'enum'];
      const enumKept = !parameter.enumerated || JSON.stringify(schema).includes('"enum"');
      if (says.some((keyword) => schema[keyword] !== undefined) && enumKept) totals.typed += 1;
      else totals.missing.push(`${name} ${id} ${parameter.name} has no type`);
    }
  }
}

function countTool(document: string, tool: CompiledTool, totals: Totals): void {
  const text = JSON.stringify(tool);
  if (text.length > totals.largest.bytes) {
    totals.largest = { name: `${document} ${tool.name}`, bytes: text.length };
  }
  if (text.length > 34 * 1024) totals.over32k += 1;
  if (isRecursive(tool.inputSchema)) totals.recursive += 1;
  for (const fault of checkTool(tool)) {
    totals.faults.set(fault, [...(totals.faults.get(fault) ?? []), `${document} ${tool.name}`]);
  }
}

function isRecursive(schema: JsonObject): boolean {
  const definitions = (schema['$defs'] ?? {}) as { readonly [name: string]: JsonObject };
  const targets = new Map(
    Object.entries(definitions).map(([name, inner]) => [
      name,
      [...JSON.stringify(inner).matchAll(/"#\/\$defs\/([^"]+)"/g)].map((match) => match[1] ?? ''),
    ]),
  );
  return [...targets.keys()].some((start) => {
    const seen = new Set(targets.get(start));
    for (const name of seen) for (const next of targets.get(name) ?? []) seen.add(next);
    return seen.has(start);
  });
}

function sameTools(one: CompiledDocument, two: CompiledDocument): boolean {
  const lines = (document: CompiledDocument): string =>
    document.operations
      .map(({ id, tool }) => `${id} ${JSON.stringify(tool)}`)
      .toSorted()
      .join('\n');
  return lines(one) === lines(two);
}

function readWire(folder: string): {
  readonly document: JsonObject;
  readonly cases: readonly WireCase[];
} {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return {
    document: read('wire.json') as JsonObject,
    cases: read('cases.json') as readonly WireCase[],
  };
}

async function evaluateWire(folder: string): Promise<string> {
  const { document, cases } = readWire(folder);
  const outcomes = await runWireCases(document, cases);
  const failed = outcomes.filter(({ problem }) => problem !== undefined);
  for (const { id, problem } of failed) write(`  wire ${id}: ${problem}`);
  return `${outcomes.length - failed.length}/${outcomes.length}`;
}

function evaluateLarge(operations: number): string {
  const text = JSON.stringify(makeLargeDocument(operations));
  const start = performance.now();
  const compiled = compile(JSON.parse(text) as JsonObject);
  const bytes = compiled.operations.reduce((sum, { tool }) => sum + JSON.stringify(tool).length, 0);
  const seconds = ((performance.now() - start) / 1000).toFixed(2);
  const rss = Math.round(process.memoryUsage.rss() / 1e6);
  const megabytes = (size: number): string => `${(size / 1e6).toFixed(1)} MB`;
  const what = `${compiled.operations.length} operations, ${megabytes(text.length)} document`;
  return `${what}: ${seconds} s, list ${megabytes(bytes)}, RSS ${rss} MB`;
}

async function main(folder: string, wireFolder: string): Promise<void> {
  const totals: Totals = {
    documents: 0,
    failed: [],
    operations: 0,
    tools: 0,
    parameters: 0,
    exposed: 0,
    typed: 0,
    denied: 0,
    missing: [],
    faults: new Map(),
    duplicates: 0,
    unstable: [],
    recursive: 0,
    largest: { name: '', bytes: 0 },
    over32k: 0,
    slowest: { name: '', ms: 0 },
  };
  for (const document of readCorpus(folder)) evaluateDocument(document, totals);
  const wire = existsSync(wireFolder) ? await evaluateWire(wireFolder) : 'not given';
  const fuzz = fuzzPaths(Number(process.env['FUZZ_RUNS'] ?? 100_000));
  const faults = (...kinds: readonly ToolFault[]): number =>
    kinds.reduce((sum, kind) => sum + (totals.faults.get(kind)?.length ?? 0), 0);
  write('');
  write(`A1   documents accepted   ${totals.documents - totals.failed.length}/${totals.documents}`);
  write(`A1   operations as tools  ${totals.tools}/${totals.operations}`);
  const present = `${totals.exposed}/${totals.parameters}`;
  write(`A2   parameters present   ${present} (typed ${totals.typed}, refused ${totals.denied})`);
  write(`A3   invalid schemas      ${faults('schema_invalid')}`);
  write(`A3   dangling references  ${faults('reference_dangling')}`);
  write(`A3   root faults          ${faults('root_not_object', 'root_combinator')}`);
  write(`A3   "nullable" left      ${faults('nullable_left')}`);
  write(`A4   illegal keys, names  ${faults('key_illegal')}, ${faults('name_illegal')}`);
  write(`A4   duplicate names      ${totals.duplicates}`);
  write(`A4   changed by shuffling ${totals.unstable.length}`);
  write(`A5   wire cases           ${wire}`);
  write(
    `A7   escapes              ${fuzz.escapes.length} of ${fuzz.runs} (${fuzz.refused} refused)`,
  );
  write(`A8   recursive tools kept ${totals.recursive}; over 256 kB ${faults('too_large')}`);
  write(`A9   slowest document     ${totals.slowest.name} ${totals.slowest.ms.toFixed(0)} ms`);
  write(`A9   large document       ${evaluateLarge(16_000)}`);
  write(`A10  largest tool         ${totals.largest.name} ${totals.largest.bytes} bytes`);
  write(`A10  tools over 34 kB     ${totals.over32k}`);
  const details = [
    ...totals.failed,
    ...totals.missing.slice(0, 20),
    ...[...totals.faults].map(([kind, names]) => `${kind}: ${names.slice(0, 5).join(', ')}`),
    ...totals.unstable,
    ...fuzz.escapes.slice(0, 10),
  ];
  for (const detail of details) write(`  ${detail}`);
}

/** Profiles (A3) and answers (A12) over every document. */
function evaluateTools(documents: readonly CorpusDocument[]): void {
  const profiles = profileNames.map((profile) => ({ profile, tools: 0, faults: [] as string[] }));
  const outputs: OutputTotals = {
    answers: 0,
    structured: 0,
    refusedByClient: 0,
    failures: 0,
    toldAsErrors: 0,
  };
  for (const { root, name } of documents) {
    if (root === undefined) continue;
    try {
      evaluateProfiles(name, root, profiles);
      evaluateOutputs(root, outputs);
    } catch (error) {
      write(`  ${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  for (const { profile, tools, faults } of profiles) {
    write(`A3   profile ${profile.padEnd(13)} ${tools - faults.length}/${tools} tools fit`);
    for (const fault of faults.slice(0, 5)) write(`  ${fault}`);
  }
  write(`A12  structured answers   ${outputs.structured}/${outputs.answers}`);
  write(`A12  refused by clients   ${outputs.refusedByClient}`);
  write(`A12  failures as errors   ${outputs.toldAsErrors}/${outputs.failures}`);
}

/** Output size, credentials, servers, repetition, reload and curation (A13 to A18). */
async function evaluateConnections(): Promise<void> {
  const checks = [...(await evaluateCalls()), ...(await evaluateCuration())];
  const names = {
    A13: 'response control',
    A14: 'credentials',
    A15: 'servers',
    A16: 'repetition',
    A17: 'reload and changes',
    A18: 'curation',
  } as const;
  for (const [group, what] of Object.entries(names)) {
    const own = checks.filter((check) => check.group === group);
    const right = own.filter((check) => check.right);
    write(`${group}  ${what.padEnd(20)} ${right.length}/${own.length}`);
    for (const { name, right: good } of own) if (!good) write(`  ${group} wrong: ${name}`);
  }
}

/** Servers written for the documents: do they compile, and call as the gateway does. */
async function writeEjected(documents: readonly CorpusDocument[], folder: string): Promise<void> {
  const { compiled, documents: count, problems } = await evaluateEjected(documents);
  const cases = existsSync(folder) ? readWire(folder).cases : [];
  const failed =
    cases.length === 0 ? [] : await evaluateEjectedWire(readWire(folder).document, cases);
  const wire = `wire cases ${cases.length - failed.length}/${cases.length}`;
  write(`A17  ejected server       ${compiled}/${count} compile, ${wire}`);
  for (const problem of [...problems, ...failed]) write(`  A17 wrong: ${problem.slice(0, 300)}`);
}

/** What a server that judges clients says of every document it has (A6). */
async function evaluateReference(): Promise<void> {
  const { rows, total, newMisses, wrong } = summarize(await runSuites(suites));
  for (const row of [...rows, total]) {
    const share = `${row.reached}/${row.of}`.padEnd(8);
    write(`A6   ${row.name.padEnd(28)} ${share} ${percentOf(row)} %`);
  }
  for (const text of [...newMisses, ...wrong]) write(`  A6 missed: ${text.slice(0, 300)}`);
}

const { values, positionals } = parseArgs({
  options: { peers: { type: 'string' } },
  allowPositionals: true,
});
const [folder, wireFolder, searchFolder] = positionals;
if (folder === undefined) {
  write('usage: evaluate.ts <folder of documents> [folder of wire cases] [folder of questions]');
  process.exitCode = 2;
} else if (values.peers !== undefined) {
  const wire = wireFolder ?? join(folder, '..', 'openapi-wire');
  await comparePeers({ peers: values.peers, corpus: folder, wire }, write);
} else {
  await main(folder, wireFolder ?? join(folder, '..', 'openapi-wire'));
  const documents = readCorpus(folder);
  writeSearchScores(documents, searchFolder ?? join(folder, '..'), write);
  evaluateTools(documents);
  await evaluateGithub(write);
  evaluateGraphql(join(folder, '..', 'graphql'), write);
  await evaluateConnections();
  await evaluateReference();
  await writeEjected(documents, wireFolder ?? join(folder, '..', 'openapi-wire'));
}
