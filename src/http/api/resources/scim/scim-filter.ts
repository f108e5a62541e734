import { type Filter, parse } from 'scim2-parse-filter';
import { limits } from '../../../../kernel/limits.ts';
import { scimError, urns } from './scim-protocol.ts';

/** An attribute that can be filtered by. */
export interface FilterAttribute<Resource> {
  read(resource: Resource): string | boolean | null | undefined;
  /** Whether upper and lower case differ. */
  readonly isExact?: boolean;
}

/** Those of a resource, by their lower-cased paths. */
export type FilterAttributes<Resource> = ReadonlyMap<string, FilterAttribute<Resource>>;

type Test<Resource> = (resource: Resource) => boolean;

const CORE = /^urn:ietf:params:scim:schemas:core:2\.0:(user|group):/;

/** Reads a filter (RFC 7644, section 3.4.2.2). Throws `invalidFilter`. */
export function parseFilter(text: string): Filter {
  if (text.length > limits.scimFilterCharactersMax) {
    const most = `A filter has at most ${limits.scimFilterCharactersMax} characters.`;
    throw scimError('invalidFilter', most);
  }
  try {
    return parse(text);
  } catch {
    throw scimError('invalidFilter', 'The filter is not one of RFC 7644, section 3.4.2.2.');
  }
}

/** Makes a test of a filter. Throws `invalidFilter` for what is not known here. */
export function compileFilter<Resource>(
  filter: Filter,
  attributes: FilterAttributes<Resource>,
  prefix = '',
): Test<Resource> {
  switch (filter.op) {
    case 'and':
    case 'or': {
      const tests = filter.filters.map((one) => compileFilter(one, attributes, prefix));
      return filter.op === 'and'
        ? (resource) => tests.every((test) => test(resource))
        : (resource) => tests.some((test) => test(resource));
    }
    case 'not': {
      const test = compileFilter(filter.filter, attributes, prefix);
      return (resource) => !test(resource);
    }
    // Nothing here has more than one element of what can be filtered so.
    case '[]':
      return compileFilter(filter.valFilter, attributes, `${nameIn(filter.attrPath)}.`);
    case 'pr': {
      const { read } = known(attributes, `${prefix}${nameIn(filter.attrPath)}`);
      return (resource) => (read(resource) ?? null) !== null;
    }
    default:
      return compare(
        filter.op,
        filter.compValue,
        known(attributes, prefix + nameIn(filter.attrPath)),
      );
  }
}

function nameIn(path: string): string {
  return path.toLowerCase().replace(CORE, '');
}

function known<Resource>(
  attributes: FilterAttributes<Resource>,
  name: string,
): FilterAttribute<Resource> {
  const found = attributes.get(name);
  if (found !== undefined) return found;
  const names = [...attributes.keys()].join(', ');
  throw scimError('invalidFilter', `Filters know these attributes: ${names}.`);
}

function compare<Resource>(
  op: string,
  wanted: string | number | boolean | null,
  { read, isExact = false }: FilterAttribute<Resource>,
): Test<Resource> {
  const same = (value: unknown): string => (isExact ? String(value) : String(value).toLowerCase());
  const text = same(wanted);
  const test = (holds: (value: string) => boolean): Test<Resource> => {
    return (resource) => {
      const value = read(resource) ?? null;
      return value !== null && holds(same(value));
    };
  };
  const equal: Test<Resource> =
    wanted === null
      ? (resource) => (read(resource) ?? null) === null
      : test((value) => value === text);
  if (op === 'eq') return equal;
  if (op === 'ne') return (resource) => !equal(resource);
  if (wanted !== null) {
    if (op === 'co') return test((value) => value.includes(text));
    if (op === 'sw') return test((value) => value.startsWith(text));
    if (op === 'ew') return test((value) => value.endsWith(text));
  }
  throw scimError('invalidFilter', 'Filters know eq, ne, co, sw, ew, pr, and, or, not.');
}

/** The one user name that a filter asks for: what provisioning asks before each user. */
export function soleUserName(filter: Filter): string | undefined {
  if (filter.op !== 'eq' || nameIn(filter.attrPath) !== 'username') return undefined;
  return typeof filter.compValue === 'string' ? filter.compValue.toLowerCase() : undefined;
}

/** True for the name of an attribute of a schema that is not kept. */
export function isExtension(name: string): boolean {
  return name.toLowerCase().startsWith(urns.extension);
}
