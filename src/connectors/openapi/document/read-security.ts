import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import type { SecurityAlternative, SecurityScheme } from '../model/operation-source.ts';
import type { SourceDocument } from './source-document.ts';

/** Reads the document's security schemes by name. */
export function readSecuritySchemes(
  document: SourceDocument,
): Readonly<Record<string, SecurityScheme>> {
  const components = document.root['components'];
  const holder =
    document.dialect === '2.0'
      ? document.root['securityDefinitions']
      : isJsonObject(components)
        ? components['securitySchemes']
        : undefined;
  if (!isJsonObject(holder)) return {};
  const schemes: [string, SecurityScheme][] = [];
  for (const [name, value] of Object.entries(holder)) {
    const object = document.follow(value);
    if (object !== undefined) schemes.push([name, readScheme(object)]);
  }
  return Object.fromEntries(schemes);
}

/** Reads a `security` list: alternatives of schemes; undefined when there is none. */
export function readSecurity(value: Json | undefined): readonly SecurityAlternative[] | undefined {
  if (!Array.isArray(value)) return undefined;
  return (value as readonly Json[]).filter(isJsonObject).map((alternative) =>
    Object.entries(alternative).map(([scheme, scopes]) => ({
      scheme,
      scopes: Array.isArray(scopes)
        ? (scopes as readonly Json[]).filter((scope) => typeof scope === 'string')
        : [],
    })),
  );
}

function readScheme(object: JsonObject): SecurityScheme {
  const type = text(object['type']);
  switch (type) {
    case 'basic':
      return { type: 'basic' };
    case 'apiKey': {
      const name = text(object['name']) ?? '';
      const place = object['in'];
      if (place === 'query' || place === 'cookie') return { type, in: place, name };
      return { type, in: 'header', name };
    }
    case 'http': {
      const scheme = (text(object['scheme']) ?? 'bearer').toLowerCase();
      if (scheme === 'basic' || scheme === 'bearer') return { type: scheme };
      return { type, scheme };
    }
    case 'oauth2':
      return { type, tokenUrl: tokenUrlOf(object) };
    case 'openIdConnect':
      return { type, url: text(object['openIdConnectUrl']) };
    default:
      return { type: 'other', name: type ?? 'unknown' };
  }
}

/** The token address of the client-credentials flow, or of any other flow. */
function tokenUrlOf(object: JsonObject): string | undefined {
  const flows = object['flows'];
  if (!isJsonObject(flows)) return text(object['tokenUrl']);
  for (const flow of [flows['clientCredentials'], ...Object.values(flows)]) {
    const url = isJsonObject(flow) ? text(flow['tokenUrl']) : undefined;
    if (url !== undefined) return url;
  }
  return undefined;
}

const text = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : undefined;
