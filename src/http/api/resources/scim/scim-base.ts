import type { ApiDeps } from '../../framework/api-deps.ts';

/** The URL above the resources, as the client knows the gateway. */
export function scimBase({ baseUrlOf }: Pick<ApiDeps, 'baseUrlOf'>, request: Request): string {
  const host = request.headers.get('host') ?? new URL(request.url).host;
  return `${baseUrlOf(host).replace(/\/+$/, '')}/scim/v2`;
}
