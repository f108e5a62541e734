import { isJsonObject, stringMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { pickFields } from '../answer/pick-fields.ts';
import { pathMentions, singularKeys, type Mention } from '../json-path/path-mentions.ts';
import { selectNodes } from '../json-path/select-nodes.ts';

const PLACEHOLDER = /\{(\$[^{}]*)\}/g;

/** The keys that give an object in a template a meaning, and those that may go with them. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  $path: ['$first', '$fields', '$default'],
  $text: ['$default'],
  $literal: [],
};

/**
 * Fills a template from values; nothing in it is ever run. Any JSON stands for itself, but for
 * `{"$path": "$.steps.find.items[0].id"}`: what a JSONPath selects (one value, or a list when the
 * path can select several; `$first` takes the first, `$fields` keeps parts, `$default` stands in),
 * `{"$text": "Order {$.arguments.id}"}`: a text, and `{"$literal": …}`: what it holds, unread.
 * Undefined when what it asks for is not there: such a member or item is left out.
 */
export function fillTemplate(template: Json, values: JsonObject): Json | undefined {
  if (Array.isArray(template)) {
    return (template as readonly Json[])
      .map((item) => fillTemplate(item, values))
      .filter((item) => item !== undefined);
  }
  if (!isJsonObject(template)) return template;
  if (Object.hasOwn(template, '$literal')) return template['$literal'];
  const path = stringMember(template, '$path');
  if (path !== undefined) return orDefault(fillPath(template, path, values), template);
  const text = stringMember(template, '$text');
  if (text !== undefined) return orDefault(fillText(text, values), template);
  const filled = Object.entries(template).flatMap(([key, inner]): [string, Json][] => {
    const value = fillTemplate(inner, values);
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(filled);
}

const orDefault = (value: Json | undefined, template: JsonObject): Json | undefined =>
  value === undefined ? template['$default'] : value;

function fillPath(template: JsonObject, path: string, values: JsonObject): Json | undefined {
  const found = selectNodes(values, path).map(({ value }) => value);
  const one = template['$first'] === true || singularKeys(path) !== undefined;
  const value: Json | undefined = one ? found[0] : found;
  const fields = template['$fields'];
  if (value === undefined || !Array.isArray(fields)) return value;
  return pickFields(value, fields as readonly string[]);
}

/** The text with what its placeholders select; undefined when one of them selects nothing. */
function fillText(text: string, values: JsonObject): string | undefined {
  let whole = true;
  const filled = text.replaceAll(PLACEHOLDER, (_, path: string) => {
    const [node] = selectNodes(values, path);
    if (node === undefined || node.value === null) whole = false;
    const value = node?.value ?? '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  });
  return whole ? filled : undefined;
}

/** The places a template takes values from. Throws SyntaxError when it is not understood. */
export function templateMentions(template: Json): readonly Mention[] {
  if (Array.isArray(template)) return (template as readonly Json[]).flatMap(templateMentions);
  if (!isJsonObject(template)) return [];
  const form = Object.keys(template).find((key) => key.startsWith('$'));
  if (form === undefined) return Object.values(template).flatMap(templateMentions);
  checkForm(template);
  const [text, path] = [stringMember(template, '$text'), stringMember(template, '$path')];
  if (path !== undefined) return pathMentions(path);
  return [...(text ?? '').matchAll(PLACEHOLDER)].flatMap(([, inner = '']) => pathMentions(inner));
}

function checkForm(template: JsonObject): void {
  const keys = Object.keys(template);
  const form = keys.find((key) => Object.hasOwn(FORMS, key));
  const shown = JSON.stringify(template).slice(0, 100);
  if (form === undefined) throw new SyntaxError(`${shown} has none of $path, $text and $literal`);
  const unexpected = keys.find((key) => key !== form && !FORMS[form]?.includes(key));
  if (unexpected !== undefined) throw new SyntaxError(`"${unexpected}" does not go with "${form}"`);
  const fields = template['$fields'];
  const right =
    (form === '$literal' || typeof template[form] === 'string') &&
    (template['$first'] === undefined || typeof template['$first'] === 'boolean') &&
    (fields === undefined ||
      (Array.isArray(fields) && fields.every((field) => typeof field === 'string')));
  if (!right) throw new SyntaxError(`${shown} is not of the right types`);
}
