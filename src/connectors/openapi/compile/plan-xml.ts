import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { XmlNode, XmlPlan } from '../model/request-plan.ts';
import { typesOf } from '../schema/schema-keywords.ts';
import type { SourceDocument } from '../document/source-document.ts';

type Fields = { -readonly [Key in keyof XmlNode]: XmlNode[Key] };

/** Plans how a value of a schema is written as XML (OAS 3.2 "XML Object"). */
export function planXml(document: SourceDocument, schema: Json): XmlPlan {
  const definitions = new Map<string, XmlNode>();

  const nodeOf = (value: Json, depth: number): XmlNode => {
    const reference = isJsonObject(value) ? value['$ref'] : undefined;
    if (typeof reference === 'string') return refer(reference, value, depth);
    return isJsonObject(value) && depth < 64 ? describe(value, depth) : { nodeType: 'element' };
  };

  const refer = (reference: string, value: Json, depth: number): XmlNode => {
    const target = document.resolve(reference);
    if (target === undefined) return { nodeType: 'element' };
    if (!definitions.has(target.pointer)) {
      definitions.set(target.pointer, { nodeType: 'element' });
      const node = nodeOf(target.value, depth + 1);
      const component = target.pointer.slice(target.pointer.lastIndexOf('/') + 1);
      definitions.set(target.pointer, { ...node, component });
    }
    const siblings = isJsonObject(value) && isJsonObject(value['xml']) ? xmlFields(value) : {};
    return { nodeType: 'element', ...siblings, reference: target.pointer };
  };

  const describe = (object: JsonObject, depth: number): XmlNode => {
    const node: Fields = { nodeType: 'element', ...xmlFields(object) };
    const properties = merged(document, object).map(
      ([name, inner]) => [name, nodeOf(inner, depth + 1)] as const,
    );
    if (properties.length > 0) node.properties = Object.fromEntries(properties);
    const array = typesOf(object)?.includes('array') === true;
    if (array && object['items'] !== undefined) node.items = nodeOf(object['items'], depth + 1);
    return node;
  };

  const root = nodeOf(schema, 0);
  return { root, definitions: Object.fromEntries(definitions) };
}

function xmlFields(object: JsonObject): Partial<XmlNode> {
  const xml = object['xml'];
  if (!isJsonObject(xml)) return {};
  const fields: Partial<Fields> = {};
  for (const key of ['name', 'namespace', 'prefix'] as const) {
    const value = xml[key];
    if (typeof value === 'string' && value !== '') fields[key] = value;
  }
  const nodeType = xml['nodeType'];
  if (xml['attribute'] === true) fields.nodeType = 'attribute';
  if (
    nodeType === 'element' ||
    nodeType === 'attribute' ||
    nodeType === 'text' ||
    nodeType === 'cdata' ||
    nodeType === 'none'
  ) {
    fields.nodeType = nodeType;
  }
  if (xml['wrapped'] === true || (nodeType === 'element' && object['type'] === 'array')) {
    fields.wrapped = true;
  }
  return fields;
}

function merged(
  document: SourceDocument,
  object: JsonObject,
  seen = new Set<JsonObject>(),
): [string, Json][] {
  if (seen.has(object)) return [];
  seen.add(object);
  const own = isJsonObject(object['properties']) ? Object.entries(object['properties']) : [];
  const all = object['allOf'];
  if (!Array.isArray(all)) return own;
  const inherited = (all as readonly Json[]).flatMap((branch) => {
    const target = document.follow(branch);
    return target === undefined ? [] : merged(document, target, seen);
  });
  return [...inherited, ...own];
}
