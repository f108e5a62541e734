import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { compareDocuments } from './compare/compare-documents.ts';
import { compareWire } from './compare/compare-wire.ts';
import type { Converter } from './compare/converter.ts';
import { fastmcpConverter } from './compare/fastmcp-converter.ts';
import { generatorConverter } from './compare/generator-converter.ts';
import { hostilePaths } from './compare/hostile-paths.ts';
import { measurePeer } from './compare/measure-peers.ts';
import { ourConverter } from './compare/our-converter.ts';
import { tableOf, type Column } from './compare/table.ts';
import { ownSuites, readWireSuite } from './compare/compared-suites.ts';
import { readCorpus } from './read-corpus.ts';

const GITHUB = resolve(
  import.meta.dirname,
  '../../node_modules/@octokit/openapi/generated/api.github.com.json',
);

/** Where things are for a comparison. */
export interface ComparisonFolders {
  /** The folder whose `node_modules` holds the peers. */
  readonly peers: string;
  readonly corpus: string;
  /** The folder with more wire cases, when there is one. */
  readonly wire: string;
}

/** Puts this project and the installed peers side by side over a corpus, and writes the table. */
export async function comparePeers(
  { peers, corpus, wire }: ComparisonFolders,
  write: (line: string) => void,
): Promise<void> {
  const folder = resolve(peers);
  const converters = [ourConverter, generatorConverter(folder), fastmcpConverter(folder)];
  if (!existsSync(join(folder, 'node_modules/fastmcp'))) {
    write(`The peers are not installed; to install them: npm ci --prefix ${peers}`);
    process.exitCode = 2;
    return;
  }
  const columns: Column[] = [];
  for (const converter of converters) {
    write(`${converter.name} …`);
    columns.push(await columnOf(converter, folder, corpus, wire));
  }
  for (const { name, notes } of columns) for (const note of notes) write(`  ${name}: ${note}`);
  for (const line of tableOf(columns)) write(line);
}

async function columnOf(
  converter: Converter,
  folder: string,
  corpus: string,
  wire: string,
): Promise<Column> {
  const documents = await compareDocuments(converter, readCorpus(corpus));
  const given = existsSync(join(wire, 'cases.json')) ? [readWireSuite(wire)] : [];
  const givenWire = await compareWire(converter, given);
  const ownWire = await compareWire(converter, ownSuites);
  const escapes = await hostilePaths(converter);
  const large = await measurePeer(converter, folder, GITHUB);
  const failed = [...givenWire.wrong, ...ownWire.wrong].map(([id, problem]) => `${id}: ${problem}`);
  return {
    name: converter.name,
    documents,
    givenWire,
    ownWire,
    escapes,
    large,
    notes: [
      ...documents.refused.map((text) => `refused ${text}`),
      ...failed.map((text) => `wire ${text.slice(0, 160)}`),
      ...escapes.escapes.slice(0, 5).map((text) => `escaped ${text}`),
    ],
  };
}
