import { objectMember } from '../../../kernel/json.ts';
import type { IndexedField } from '../../../search/text-index.ts';
import { wordForms } from '../../../search/word-forms.ts';
import type { ServiceTool } from './call-tool.ts';
import type { CompiledOperation } from '../model/compiled-document.ts';

/** What an index of a service's tools finds each by. */
export function searchFields(found: ServiceTool): readonly IndexedField[] {
  const { tool } = found;
  const [first = '', ...more] = tool.description.split('\n');
  const parameters = Object.keys(objectMember(tool.inputSchema, 'properties') ?? {});
  const [verb, last, path] = 'steps' in found ? ['', '', ''] : requestWords(found);
  return [
    { text: 'steps' in found ? tool.name : namesOf(found), weight: 2, isName: true },
    { text: first, weight: 2 },
    { text: verb, weight: 1 },
    { text: last, weight: 1.5 },
    { text: path, weight: 0.7 },
    { text: tagsOf(found).join(' '), weight: 0.7 },
    { text: more.join(' '), weight: 0.6 },
    { text: parameters.join(' '), weight: 0.4 },
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
