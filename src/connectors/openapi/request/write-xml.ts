import { isJsonObject, type Json } from '../../../kernel/json.ts';
import type { XmlNode, XmlPlan } from '../model/request-plan.ts';
import { primitiveText } from './expand-value.ts';

/** Writes a value as an XML document (OAS 3.2 "XML Object"). */
export function writeXml(value: Json, plan: XmlPlan | undefined): string {
  const nodes: XmlPlan = plan ?? { root: { nodeType: 'element' }, definitions: {} };
  const root = settle(nodes.root, nodes);
  const name = root.name ?? root.component ?? 'root';
  const body =
    Array.isArray(value) && root.wrapped !== true
      ? element({ ...root, wrapped: true }, name, value, nodes)
      : element(root, name, value, nodes);
  return `<?xml version="1.0" encoding="UTF-8"?>${body}`;
}

/** A node with its reference followed; what stands beside the reference wins. */
function settle(node: XmlNode, plan: XmlPlan): XmlNode {
  let current = node;
  for (let step = 0; step < 16 && current.reference !== undefined; step += 1) {
    const { reference, ...own } = current;
    const target = Object.hasOwn(plan.definitions, reference)
      ? plan.definitions[reference]
      : undefined;
    current = { nodeType: 'element', ...target, ...withoutDefault(own) };
  }
  return current;
}

function withoutDefault(node: XmlNode): Partial<XmlNode> {
  if (node.nodeType !== 'element') return node;
  const { nodeType: _, ...rest } = node;
  return rest;
}

function element(node: XmlNode, name: string, value: Json, plan: XmlPlan): string {
  if (Array.isArray(value)) return list(node, name, value as readonly Json[], plan);
  const tag = qualified(node, name);
  const namespace = namespaceOf(node);
  if (value === null) return `<${tag}${namespace}/>`;
  if (!isJsonObject(value))
    return `<${tag}${namespace}>${escapeText(primitiveText(value))}</${tag}>`;
  const { attributes, content } = members(node, value, plan);
  return content === ''
    ? `<${tag}${namespace}${attributes}/>`
    : `<${tag}${namespace}${attributes}>${content}</${tag}>`;
}

function members(
  node: XmlNode,
  value: { readonly [key: string]: Json },
  plan: XmlPlan,
): { readonly attributes: string; readonly content: string } {
  let attributes = '';
  let content = '';
  for (const [key, inner] of Object.entries(value)) {
    const known = node.properties !== undefined && Object.hasOwn(node.properties, key);
    const own = known ? node.properties?.[key] : undefined;
    const child = settle(own ?? { nodeType: 'element' }, plan);
    const name = child.name ?? key;
    if (inner === null && child.nodeType !== 'element') continue;
    if (child.nodeType === 'attribute') {
      const { namespace, ...unbound } = child;
      const binding = namespace === undefined ? '' : namespaceOf(child);
      attributes += `${binding} ${qualified(unbound, name)}="${escapeText(primitiveText(inner))}"`;
    } else if (child.nodeType === 'text') content += escapeText(primitiveText(inner));
    else if (child.nodeType === 'cdata') content += cdata(primitiveText(inner));
    else if (child.nodeType === 'none' && isJsonObject(inner)) {
      content += members(child, inner, plan).content;
    } else content += element(child, name, inner, plan);
  }
  return { attributes, content };
}

function list(node: XmlNode, name: string, items: readonly Json[], plan: XmlPlan): string {
  const item = node.items === undefined ? undefined : settle(node.items, plan);
  const itemName = item?.name ?? (node.wrapped === true ? (item?.component ?? name) : name);
  const inherited = node.wrapped === true ? {} : naming(node);
  const itemNode: XmlNode = { ...inherited, nodeType: 'element', ...item };
  const written = items.map((it) => element(itemNode, itemName, it, plan)).join('');
  if (node.wrapped !== true) return written;
  const tag = qualified(node, name);
  return `<${tag}${namespaceOf(node)}>${written}</${tag}>`;
}

/** Prefix and namespace only. */
function naming(node: XmlNode): Partial<XmlNode> {
  return {
    ...(node.prefix === undefined ? {} : { prefix: node.prefix }),
    ...(node.namespace === undefined ? {} : { namespace: node.namespace }),
  };
}

function qualified(node: XmlNode, name: string): string {
  const local = nameToken(name);
  return node.prefix === undefined ? local : `${nameToken(node.prefix)}:${local}`;
}

function namespaceOf(node: XmlNode): string {
  if (node.namespace === undefined) return '';
  const attribute = node.prefix === undefined ? 'xmlns' : `xmlns:${nameToken(node.prefix)}`;
  return ` ${attribute}="${escapeText(node.namespace)}"`;
}

/** Keys become element names; what a name cannot hold is replaced. */
function nameToken(name: string): string {
  const safe = name.replace(/[^\p{L}\p{N}_.-]/gu, '_');
  return /^[\p{L}_]/u.test(safe) ? safe : `_${safe}`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};

const escapeText = (text: string): string =>
  text
    .replace(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, '')
    .replace(/[&<>"]/g, (char) => ESCAPES[char] ?? char);

const cdata = (text: string): string => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
