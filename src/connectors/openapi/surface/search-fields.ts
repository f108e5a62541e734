import { objectMember } from '../../../kernel/json.ts';
import type { IndexedField } from '../../../search/text-index.ts';
import type { IndexedTool } from '../../../search/tool-index.ts';
import { wordForms } from '../../../search/word-forms.ts';
import type { ServiceTool } from './call-tool.ts';
import type { CompiledOperation } from '../model/compiled-document.ts';

/** A composite made for a purpose is a better answer than the operations it calls. */
const COMPOSITE_WEIGHT = 1.2;

/** What each part of a path takes from an operation: the plain things are asked for most. */
const PART_COST = 0.026;

const nearnessOf = ({ pathTemplate }: CompiledOperation): number =>
  1 / (1 + PART_COST * pathTemplate.split('/').length);

/** A tool of a service as an index finds it. */
export function searchedTool(found: ServiceTool): IndexedTool {
  const { name, inputSchema, annotations } = found.tool;
  const parameters = Object.keys(objectMember(inputSchema, 'properties') ?? {});
  return {
    name,
    service: '',
    path: 'steps' in found ? '' : found.id,
    parameters,
    fields: fieldsOf(found, parameters),
    weight: 'steps' in found ? COMPOSITE_WEIGHT : nearnessOf(found),
    removes: 'steps' in found ? false : found.method === 'DELETE',
    does: annotations['readOnlyHint'] === true ? 'read' : 'change',
  };
}

function fieldsOf(found: ServiceTool, parameters: readonly string[]): readonly IndexedField[] {
  const { tool } = found;
  const [first = '', ...more] = tool.description.split('\n');
  const [verb, last, path] = 'steps' in found ? ['', '', ''] : requestWords(found);
  return [
    { text: 'steps' in found ? tool.name : namesOf(found), weight: 2.3, isName: true },
    { text: first, weight: 2 },
    { text: verb, weight: 1 },
    { text: last, weight: 2.3 },
    { text: path, weight: 1.1 },
    { text: tagsOf(found).join(' '), weight: 0.91 },
    { text: more.join(' '), weight: 0.6 },
    { text: parameters.join(' '), weight: 0.4, isAside: true },
  ];
}

/** Both names where they differ: a changed name is not the document's. */
function namesOf({ operationId = '', tool: { name } }: CompiledOperation): string {
  const same = wordForms(operationId).join() === wordForms(name).join();
  return same ? name : `${operationId} ${name}`;
}

/** What a request does, to what, and where that is. */
function requestWords(operation: CompiledOperation): readonly [string, string, string] {
  const segments = operation.pathTemplate
    .split('/')
    .filter((segment) => segment !== '' && !segment.includes('{'));
  return [verbOf(operation), segments.at(-1) ?? '', segments.slice(0, -1).join(' ')];
}

/** What a request does, when its method and path follow the usual way of naming resources. */
function verbOf({ method, pathTemplate }: CompiledOperation): string {
  const one = /\}[^/]*\/?$/.test(pathTemplate);
  switch (method) {
    case 'GET':
      return one ? 'get' : 'list';
    case 'POST':
      return one ? 'update' : 'create';
    case 'PUT':
    case 'PATCH':
      return 'update';
    case 'DELETE':
      return 'delete';
    default:
      return method;
  }
}

/** What is sent: the method and path, or those of every step. */
export const requestOf = (found: ServiceTool): string =>
  'steps' in found ? found.steps.map(({ operation }) => operation.id).join(', ') : found.id;

/** The tags of an operation, or of all that a composite tool calls. */
export const tagsOf = (found: ServiceTool): readonly string[] =>
  'steps' in found
    ? [...new Set(found.steps.flatMap(({ operation }) => operation.tags))]
    : found.tags;
