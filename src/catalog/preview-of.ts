import { estimateTokens } from '../kernel/estimate-tokens.ts';
import { stringMember } from '../kernel/json.ts';
import type { ServiceRuntime } from './service-runtime.ts';
import type { ServicePreview } from './service-view.ts';

/** What a service that was opened but not kept would give. */
export function previewOf({ service, listing, diagnostics }: ServiceRuntime): ServicePreview {
  const tools = listing.tools.map((tool) => ({
    name: stringMember(tool, 'name') ?? '',
    title: stringMember(tool, 'title') ?? null,
    description: stringMember(tool, 'description') ?? null,
    tokens: estimateTokens(JSON.stringify(tool)),
  }));
  return {
    kind: service.kind,
    slug: service.slug,
    title: service.title,
    tools,
    promptNames: listing.prompts.flatMap((prompt) => stringMember(prompt, 'name') ?? []),
    resourceUris: listing.resources.flatMap((resource) => stringMember(resource, 'uri') ?? []),
    diagnostics,
    tokens: tools.reduce((sum, tool) => sum + tool.tokens, 0),
  };
}
