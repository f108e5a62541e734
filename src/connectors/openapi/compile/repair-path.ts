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
  parameters: readonly ParameterSource[],
  document: SourceDocument,
): RepairedPath {
  const template = source.path.startsWith('/') ? source.path : `/${source.path}`;
  const [beforeFragment = '/'] = template.split('#', 1);
  const question = beforeFragment.indexOf('?');
  let path = question === -1 ? beforeFragment : beforeFragment.slice(0, question);
  const fixedQuery =
    question === -1 ? '' : openQuery(beforeFragment.slice(question + 1), parameters);
  const placeholders = [...path.matchAll(/\{([^{}]+)\}/g)].map((match) => match[1] as string);
  const declared = parameters.filter(({ location }) => location === 'path');
  const unplaced = declared.filter(({ name }) => !placeholders.includes(name));
  const undeclared = placeholders.filter((name) => !declared.some((it) => it.name === name));
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
    path = path.replaceAll(`{${placeholder}}`, `{${parameter.name}}`);
    return { path, fixedQuery, parameters };
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

/** The template's query without what declared parameters send anyway, always or in its place. */
const openQuery = (query: string, parameters: readonly ParameterSource[]): string =>
  query
    .split('&')
    .filter((pair) => {
      const [, name, inner] = /^([^=]*)(?:=\{([^{}]+)\})?/.exec(pair) ?? [];
      return !parameters.some(
        (it) => it.location === 'query' && (it.name === inner || (it.required && it.name === name)),
      );
    })
    .join('&');
