import type { OperationSource, ParameterSource } from '../model/operation-source.ts';
import type { SourceDocument } from '../document/source-document.ts';

/** A path template that agrees with the parameters. */
export interface RepairedPath {
  readonly path: string;
  readonly fixedQuery: string;
  readonly parameters: readonly ParameterSource[];
}

/**
 * Makes template and parameters agree: a placeholder nobody declares becomes a text parameter;
 * one undeclared placeholder and one declared parameter without a place are the same thing.
 */
export function repairPath(
  source: OperationSource,
  given: readonly ParameterSource[],
  document: SourceDocument,
): RepairedPath {
  const rooted = source.path.startsWith('/') ? source.path : `/${source.path}`;
  const { template, named } = withoutQueryExpressions(rooted);
  const [beforeFragment = '/'] = template.split('#', 1);
  const question = beforeFragment.indexOf('?');
  let path = question === -1 ? beforeFragment : beforeFragment.slice(0, question);
  const query = question === -1 ? '' : beforeFragment.slice(question + 1);
  const placed = placeInQuery(query, named, given);
  const { fixedQuery, parameters } = placed;
  const placeholders = placeholdersOf(path);
  const inQuery = placeholdersOf(fixedQuery);
  const declared = parameters.filter(({ location }) => location === 'path');
  const unplaced = declared.filter(({ name }) => ![...placeholders, ...inQuery].includes(name));
  const undeclared = [...placeholders, ...inQuery].filter(
    (name) => !declared.some((it) => it.name === name),
  );
  const report = (problem: string): void =>
    document.report({
      severity: 'warning',
      code: 'path_mismatch',
      operation: source.id,
      text: `In ${source.id}, ${problem}.`,
    });

  const [parameter] = unplaced;
  const [placeholder] = undeclared;
  if (
    parameter !== undefined &&
    placeholder !== undefined &&
    unplaced.length + undeclared.length === 2
  ) {
    report(`path parameter "${parameter.name}" takes the place of "{${placeholder}}"`);
    const renamed = (template: string): string =>
      template.replaceAll(`{${placeholder}}`, () => `{${parameter.name}}`);
    path = renamed(path);
    return { path, fixedQuery: renamed(fixedQuery), parameters };
  }
  for (const { name } of unplaced) report(`path parameter "${name}" has no place in the path`);
  const added = [...new Set(undeclared)].map((name): ParameterSource => {
    report(`"{${name}}" is not declared; it is taken as text`);
    return {
      name,
      location: 'path',
      required: true,
      deprecated: false,
      description: undefined,
      schema: { type: 'string' },
      style: 'simple',
      explode: false,
      allowReserved: false,
    };
  });
  return { path, fixedQuery, parameters: [...added, ...parameters] };
}

const placeholdersOf = (template: string): readonly string[] =>
  [...template.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] as string);

/** A template without `{?a,b}` and `{&a,b}` (RFC 6570 §3.2.8), and the names that stood there. */
function withoutQueryExpressions(path: string): {
  readonly template: string;
  readonly named: ReadonlySet<string>;
} {
  const named = new Set<string>();
  const template = path.replace(/\{[?&]([^{}]+)\}/g, (_whole, names: string) => {
    for (const name of names.split(',')) named.add(name.trim().replace(/[*]$|:\d+$/, ''));
    return '';
  });
  return { template, named };
}

/**
 * Makes the query of a template and the parameters agree. A pair `name={name}` of a query
 * parameter is sent by the parameter; any other placeholder is filled where it stands.
 */
function placeInQuery(
  query: string,
  named: ReadonlySet<string>,
  given: readonly ParameterSource[],
): { readonly fixedQuery: string; readonly parameters: readonly ParameterSource[] } {
  const fixedQuery = openQuery(query, given);
  const filled = new Set(placeholdersOf(fixedQuery));
  const parameters = given.map((parameter): ParameterSource => {
    const { name, location } = parameter;
    if (location === 'query' && filled.has(name)) {
      return { ...parameter, location: 'path', style: 'simple', explode: false };
    }
    if (location === 'path' && named.has(name)) {
      return { ...parameter, location: 'query', style: 'form', explode: true };
    }
    return parameter;
  });
  return { fixedQuery, parameters };
}

/** The template's query without what declared query parameters send themselves. */
const openQuery = (query: string, parameters: readonly ParameterSource[]): string =>
  query
    .split('&')
    .filter((pair) => {
      const [, name, inner] = /^([^=]*)(?:=\{([^{}]+)\}$)?/.exec(pair) ?? [];
      return !parameters.some(
        (it) =>
          it.location === 'query' &&
          it.name === name &&
          (it.name === inner || (it.required && !pair.includes('{'))),
      );
    })
    .join('&');
