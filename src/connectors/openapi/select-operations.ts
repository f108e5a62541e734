import type { OpenapiConfig, OperationRule } from './config.ts';
import type { OperationSource } from './model.ts';

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
