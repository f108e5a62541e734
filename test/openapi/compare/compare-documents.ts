import { checkProfile } from '../../../src/connectors/openapi/profiles/check-profile.ts';
import { profileNames } from '../../../src/connectors/openapi/profiles/profile-names.ts';
import type { CompiledTool } from '../../../src/connectors/openapi/model/compiled-document.ts';
import { isJsonObject, stringMember, type JsonObject } from '../../../src/kernel/json.ts';
import { checkTool, type ToolFault } from '../check-tool.ts';
import { countDeclared, type DeclaredParameter } from '../count-declared.ts';
import type { CorpusDocument } from '../read-corpus.ts';
import type { Converter, ListedTool, ServedDocument } from './converter.ts';
import { findArgument, propertiesOf } from './find-argument.ts';
import { matchTools } from './match-tools.ts';

/** How a converter did with the documents of a corpus; every number counts what is right. */
export interface DocumentsScore {
  /** Documents taken and offered, by the version they are written in. */
  readonly accepted: Map<string, { right: number; of: number }>;
  readonly refused: string[];
  operations: number;
  /** Operations with a tool. */
  tools: number;
  parameters: number;
  present: number;
  typed: number;
  /** Operations whose tool has none of the faults. */
  readonly without: Record<ToolFault | 'duplicate', number>;
  /** Operations whose tool fits each family of clients. */
  readonly fits: Record<(typeof profileNames)[number], number>;
}

const FAULTS: readonly ToolFault[] = [
  'schema_invalid',
  'reference_dangling',
  'root_not_object',
  'root_combinator',
  'nullable_left',
  'key_illegal',
  'name_illegal',
  'too_large',
];
/** Nobody answers here: documents are only listed. */
const NOWHERE = 'http://127.0.0.1:9';

/** Serves every document and looks at its tools; a document that fails counts as refused. */
export async function compareDocuments(
  converter: Converter,
  documents: readonly CorpusDocument[],
): Promise<DocumentsScore> {
  const score: DocumentsScore = {
    accepted: new Map(),
    refused: [],
    operations: 0,
    tools: 0,
    parameters: 0,
    present: 0,
    typed: 0,
    without: zeros([...FAULTS, 'duplicate'] as const),
    fits: zeros(profileNames),
  };
  for (const document of documents) await countDocument(converter, document, score);
  return score;
}

async function countDocument(
  converter: Converter,
  { name, root }: CorpusDocument,
  score: DocumentsScore,
): Promise<void> {
  const written = stringMember(root ?? {}, 'swagger') ?? stringMember(root ?? {}, 'openapi');
  const version = written?.slice(0, 3) ?? 'unread';
  const accepted = score.accepted.get(version) ?? { right: 0, of: 0 };
  score.accepted.set(version, accepted);
  accepted.of += 1;
  if (root === undefined) return void score.refused.push(name);
  const declared = countDeclared(root);
  score.operations += declared.length;
  for (const { parameters } of declared) score.parameters += parameters.length;
  try {
    await using served = await converter.open(withoutSamples(root), NOWHERE);
    accepted.right += 1;
    const seen = new Map<string, number>();
    for (const tool of served.tools) seen.set(tool.name, (seen.get(tool.name) ?? 0) + 1);
    for (const [operation, tool] of matchTools(served, declared)) {
      score.tools += 1;
      countParameters(tool, operation.parameters, score);
      countTool(tool, seen.get(tool.name) === 1, served, score);
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    score.refused.push(`${name}: ${reason.split('\n', 1)[0]?.slice(0, 120)}`);
  }
}

/** Samples beside operations refer to files that are not in the corpus; nobody needs them. */
function withoutSamples(root: JsonObject): JsonObject {
  const text = JSON.stringify(root, (key, value: unknown) =>
    key === 'x-ms-examples' ? undefined : value,
  );
  return JSON.parse(text) as JsonObject;
}

function countParameters(
  tool: ListedTool,
  parameters: readonly DeclaredParameter[],
  score: DocumentsScore,
): void {
  const taken = new Set<string>();
  for (const { name, location, enumerated } of parameters) {
    const property = findArgument(tool, name, location, taken);
    if (property === undefined) continue;
    taken.add(property);
    score.present += 1;
    const schema = propertiesOf(tool)[property];
    const says = ['type', '$ref', 'anyOf', 'oneOf', 'allOf', 'const', 'enum'];
    const typed = isJsonObject(schema) && says.some((keyword) => schema[keyword] !== undefined);
    if (typed && (!enumerated || JSON.stringify(schema).includes('"enum"'))) score.typed += 1;
  }
}

function countTool(
  tool: ListedTool,
  isUnique: boolean,
  served: ServedDocument,
  score: DocumentsScore,
): void {
  const found = new Set(checkTool(tool as CompiledTool));
  for (const fault of FAULTS) if (!found.has(fault)) score.without[fault] += 1;
  if (isUnique) score.without.duplicate += 1;
  for (const profile of profileNames) {
    const fitted = served.fitted?.(tool, profile) ?? tool;
    if (checkProfile(fitted, profile).length === 0) score.fits[profile] += 1;
  }
}

const zeros = <Name extends string>(names: readonly Name[]): Record<Name, number> =>
  Object.fromEntries(names.map((name) => [name, 0])) as Record<Name, number>;
