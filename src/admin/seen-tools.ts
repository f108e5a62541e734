import type { AccessLayer, AccessRule, Permissions } from '../kernel/permissions.ts';
import type { AdminTool, AdminTools } from './compile-tools.ts';

/** The tools that the caller's permissions, and what its credential reaches, let it use. */
export function seenTools(
  { byName }: AdminTools,
  slug: string,
  { actions, layers }: Permissions,
): ReadonlyMap<string, AdminTool> {
  if (!layers.every((layer) => isNamed(layer, slug))) return new Map();
  return new Map(
    [...byName].filter(
      ([, { permission }]) => permission === 'admitted' || actions.has(permission),
    ),
  );
}

/**
 * Whether a layer means this service: a pattern such as `*`, written for the services of a tenant,
 * must not come to give the administration of the gateway. What exactly the patterns show is
 * decided where they are decided for every service.
 */
function isNamed(layer: AccessLayer, slug: string): boolean {
  return layer.some((rule) => isUnlimited(rule) || names(rule, slug));
}

function isUnlimited({ services, tools, prompts, resources }: AccessRule): boolean {
  return [services, tools, prompts, resources].every((list) => list === undefined);
}

function names({ services, tools }: AccessRule, slug: string): boolean {
  if (services !== undefined) return services.includes(slug);
  return tools?.some((pattern) => pattern.startsWith(`${slug}__`)) === true;
}
