import type { OpenapiConfig, OperationRule, RouteRule } from './config.ts';
import type { OperationSource } from '../model/operation-source.ts';

/** Makes the test that decides which operations become tools. */
export function operationSelector(
  config: Pick<OpenapiConfig, 'include' | 'exclude'>,
): (operation: OperationSource) => boolean {
  const include = (config.include ?? []).map(matcher);
  const exclude = (config.exclude ?? []).map(matcher);
  return (operation) =>
    (include.length === 0 || include.some((matches) => matches(operation))) &&
    !exclude.some((matches) => matches(operation));
}

/** What an operation becomes. */
export type Exposed = RouteRule['expose'];

/** Makes the function that says what each operation becomes: the first matching rule decides. */
export function operationRouter(
  config: Pick<OpenapiConfig, 'include' | 'exclude' | 'routes'>,
): (operation: OperationSource) => Exposed {
  const selected = operationSelector(config);
  const routes = (config.routes ?? []).map((route) => [matcher(route), route.expose] as const);
  return (operation) => {
    if (!selected(operation)) return 'exclude';
    return routes.find(([matches]) => matches(operation))?.[1] ?? 'tool';
  };
}

function matcher(rule: OperationRule): (operation: OperationSource) => boolean {
  const methods = rule.methods?.map((method) => method.toUpperCase());
  const paths = rule.paths?.map(globToRegExp);
  const operations = rule.operations?.map(globToRegExp);
  return (operation) =>
    (methods === undefined || methods.includes(operation.method.toUpperCase())) &&
    (paths === undefined || paths.some((glob) => glob.test(operation.path))) &&
    (rule.tags === undefined || rule.tags.some((tag) => operation.tags.includes(tag))) &&
    (operations === undefined ||
      operations.some((glob) => glob.test(operation.operationId ?? operation.id))) &&
    (rule.deprecated === undefined || rule.deprecated === operation.deprecated);
}

/** `*` stands for anything within a segment, `**` for anything at all. */
function globToRegExp(glob: string): RegExp {
  const body = glob
    .split(/(\*{1,2})/)
    .map((piece) => {
      if (piece === '**') return '.*';
      return piece === '*' ? '[^/]*' : piece.replace(/[.+?^${}()|[\]\\]/g, '\\$&');
    })
    .join('');
  return new RegExp(`^${body}$`, 'u');
}
