import type { Arrived } from '../start-wire-server.ts';

const FORM = 'application/x-www-form-urlencoded';

/**
 * The request in the spelling that a case expects, so that what no server tells apart is not held
 * against a converter: `+` for a space in queries and forms, marks encoded or not where they part
 * nothing, a blank behind the commas of a header.
 */
export function alikeOnTheWire(arrived: Arrived, pattern: string): Arrived {
  const [path = '', query] = arrived.url.split(/\?(.*)/s);
  const isForm = String(arrived.headers['content-type']).startsWith(FORM);
  const pairs = (text: string): string => spelled(text.replaceAll('+', '%20'), pattern);
  const headers = Object.entries(arrived.headers).map(([name, value]) => [
    name,
    typeof value === 'string' ? value.replaceAll(', ', ',') : value,
  ]);
  return {
    ...arrived,
    url: spelled(path, pattern) + (query === undefined ? '' : `?${pairs(query)}`),
    headers: Object.fromEntries(headers) as Arrived['headers'],
    body: isForm ? pairs(arrived.body) : arrived.body,
  };
}

/** Marks that may stand in a URL either way, as the pattern has them. */
function spelled(text: string, pattern: string): string {
  const plain = pattern.replaceAll('\\', '');
  const codeOf = (mark: string): string => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`;
  return text
    .replace(/[!'()*,[\]|]/g, (mark) => {
      const code = codeOf(mark);
      return plain.includes(code) && !plain.includes(mark) ? code : mark;
    })
    .replace(/%(?:2[14789AC]|5[BD]|7C)/gi, (code) => {
      const mark = decodeURIComponent(code);
      return plain.includes(mark) && !plain.includes(code.toUpperCase()) ? mark : code;
    });
}
