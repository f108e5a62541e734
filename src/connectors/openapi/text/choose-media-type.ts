/** The part of a media type before its parameters, in lower case. */
export function essence(mediaType: string): string {
  return (mediaType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** True for JSON and every structured syntax on top of it. */
export function isJsonType(mediaType: string): boolean {
  return /(^|[/+])json$/.test(essence(mediaType));
}

/** True for a sequence of JSON values: lines (JSON Lines, NDJSON) or RFC 7464 records. */
export function isJsonSequenceType(mediaType: string): boolean {
  return /[/+](x-)?(ndjson|jsonl|jsonlines|json-lines|json-seq)$/.test(essence(mediaType));
}

/** True for XML and every structured syntax on top of it. */
export function isXmlType(mediaType: string): boolean {
  return /[/+]xml$/.test(essence(mediaType));
}

const BINARY_APPLICATIONS = [
  /^(octet-stream|pdf|zip|gzip|wasm|msword|java-archive|epub\+zip|vnd\.rar)$/,
  /^x-(gzip|tar|zip.*|7z.*|bzip2?|rar.*|executable|msdownload)$/,
  /^(x-)?(protobuf|msgpack|cbor)$/,
  /^vnd\.(ms-|openxmlformats|oasis)/,
];

/** True when the bytes of this type are not text. */
export function isBinaryType(mediaType: string): boolean {
  const [kind, subtype = ''] = essence(mediaType).split('/');
  if (subtype.endsWith('+xml')) return false;
  return kind === 'application'
    ? BINARY_APPLICATIONS.some((pattern) => pattern.test(subtype))
    : ['image', 'audio', 'video', 'font'].includes(kind ?? '');
}

/** The media type a model can fill in best, of those a request body may have. */
export function chooseMediaType(mediaTypes: readonly string[]): string | undefined {
  let best: string | undefined;
  for (const candidate of mediaTypes) {
    if (best === undefined || rank(candidate) < rank(best)) best = candidate;
  }
  return best;
}

function rank(mediaType: string): number {
  const name = essence(mediaType);
  if (name === 'application/json') return 0;
  // A patch document of operations is harder to write than a merge patch.
  if (name === 'application/json-patch+json') return 3;
  if (isJsonType(name)) return name.endsWith('merge-patch+json') ? 1 : 2;
  if (name === '*/*' || name === 'application/*') return 4;
  if (name === 'multipart/form-data') return 5;
  if (name === 'application/x-www-form-urlencoded') return 6;
  if (isJsonSequenceType(name)) return 7;
  if (isXmlType(name)) return 8;
  if (name.startsWith('text/')) return 9;
  return name.startsWith('multipart/') ? 11 : 10;
}
