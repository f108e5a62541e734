import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../src/kernel/json.ts';
import { exactEntries, exactEntries2 } from '../exact-entries.ts';
import type { WireCase } from '../judge-wire-case.ts';
import { wireDocument, type WireEntry } from '../wire-document.ts';
import { wireSuites } from '../wire-suites.ts';

/** A document and the calls that are made to it. */
export interface WireSuite {
  readonly document: JsonObject;
  readonly cases: readonly WireCase[];
}

/**
 * Cases that no specification decides: what is done with values a schema does not allow (such as
 * numbers given as text), with nothing, with more than one possible media type, and what a cautious
 * path refuses although it could be encoded. They are this project's own conventions and not
 * compared.
 */
const conventions: ReadonlySet<string> = new Set([
  ...[...exactEntries, ...exactEntries2].map(({ id }) => id),
  ...[
    'json_as_text json_renamed json_any_type json_merge_patch form_null part_named_file',
    'octet_url_alphabet octet_typed octet_not_base64 p_encoded_dots p_climb p_backslash',
    'p_null_byte p_line_break p_big p_empty p_null p_empty_list q_null q_null_item q_nested_item',
    'q_empty_list q_empty_object q_single_for_list q_json_text_for_list',
    'csv_with_null csv_empty nested_collections',
  ].flatMap((line) => line.split(' ')),
]);

const [[, swagger2], [, common], , [, newest]] = wireSuites;

/** This project's own cases, each in the oldest dialect that has it. */
export const ownSuites: readonly WireSuite[] = (
  [
    ['2.0', swagger2],
    ['3.0.4', common],
    ['3.2.0', newest.filter((entry) => !common.includes(entry))],
  ] as const satisfies readonly (readonly [string, readonly WireEntry[]])[]
).map(([dialect, entries]) =>
  wireDocument(
    dialect,
    entries.filter(({ id }) => !conventions.has(id)),
  ),
);

/** The cases of a folder with `wire.json`, the document, and `cases.json`. */
export function readWireSuite(folder: string): WireSuite {
  const read = (name: string): unknown => JSON.parse(readFileSync(join(folder, name), 'utf8'));
  return {
    document: read('wire.json') as JsonObject,
    cases: read('cases.json') as readonly WireCase[],
  };
}
