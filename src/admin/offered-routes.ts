import type { Permission } from '../kernel/permissions.ts';
import type { ApiRoute } from '../http/api/framework/define-route.ts';

/** A route that is offered as a tool, and what its caller needs for it. */
export interface OfferedRoute {
  readonly route: ApiRoute;
  /** `admitted` is for everybody who may use the data plane. */
  readonly permission: Permission | 'admitted';
}

/** What is about one person's way in, or about links that let somebody in. */
const SIGN_IN_TAGS: ReadonlySet<string> = new Set(['Signing in', 'Second factor', 'Passwords']);

/**
 * Decisions that were given to a person so that no program decides for itself: whether a call that
 * is held may go ahead, and whether a definition that a service changed is trusted.
 */
const PERSONS_DECISIONS: ReadonlySet<string> = new Set([
  'approveCall',
  'denyCall',
  'approveDefinition',
  'rejectDefinition',
]);

/**
 * The routes that are tools: documented, for a permission, asked and answered in plain JSON. Pages,
 * downloads, sign-in, protocols with a form of their own (SCIM) and decisions of persons are none.
 */
export function offeredRoutes(routes: readonly ApiRoute[]): readonly OfferedRoute[] {
  return routes.flatMap((route) => {
    const { permission, tag, operationIds } = route;
    if (permission === 'public' || permission === 'self') return [];
    if (SIGN_IN_TAGS.has(tag) || PERSONS_DECISIONS.has(operationIds[0])) return [];
    return isPlain(route) ? [{ route, permission }] : [];
  });
}

function isPlain({ documented, errorForm, rateBounded, answers, body }: ApiRoute): boolean {
  if (documented === false || rateBounded === true) return false;
  if (errorForm !== undefined || body?.mediaType !== undefined) return false;
  return Object.entries(answers).every(
    ([status, { schema, mediaType }]) =>
      status === '204' || (schema !== undefined && mediaType === undefined),
  );
}
