import type { Problem } from '../../src/http/api/framework/problem.ts';
import type { ErrorCode } from '../../src/kernel/errors.ts';

/** What a SCIM error says, as a problem; its detail begins with the first field. */
export function asProblem(json: unknown): Problem & { readonly scimType?: string } {
  const { status, scimType, code, detail = '' } = json as Readonly<Record<string, string>>;
  const errors = [{ field: detail.split(' ')[0] ?? '', problem: detail, fix: '' }];
  const known = { type: '', title: '', code: code as ErrorCode, detail, retryable: false, errors };
  return { ...known, status: Number(status), ...(scimType === undefined ? {} : { scimType }) };
}
