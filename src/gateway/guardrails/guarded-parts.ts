import type { ServiceRuntime } from '../../catalog/service-runtime.ts';
import type { JsonObject } from '../../kernel/json.ts';
import type { ReadRule } from '../../policy/guardrails/guard-rule.ts';
import { withParams } from '../filter.ts';
import type { Permitted } from '../exchange.ts';

/** Requests that carry contents; lists and announcements carry none of a caller. */
const CONTENT_METHODS: ReadonlySet<string> = new Set([
  'tools/call',
  'prompts/get',
  'resources/read',
  'resources/directory/read',
  'skills/get',
  'completion/complete',
  'tasks/get',
  'tasks/update',
]);

/** Parameters in which a caller's own content travels. */
const CONTENT_MEMBERS = ['arguments', 'inputResponses', 'uri', 'argument', 'context'] as const;

/** Whose content an exchange carries: services that may see it, and the tool, if it is one. */
export interface GuardedSubject {
  readonly lives: readonly ServiceRuntime[];
  readonly tool: string | null;
}

/** What an exchange is about, for guardrails; undefined when it carries no content. */
export function guardedSubject({ target, request }: Permitted): GuardedSubject | undefined {
  if (!CONTENT_METHODS.has(request.method)) return undefined;
  switch (target.kind) {
    case 'upstream': {
      const isTool = request.method === 'tools/call';
      return { lives: [target.live], tool: isTool ? target.name : null };
    }
    case 'search':
      return { lives: target.candidates, tool: null };
    case 'task':
      return { lives: [target.live], tool: target.task.call.tool };
    case 'gateway':
      return undefined;
  }
}

/** Whether a rule is about the subject: about any of the services that may see it. */
export function concernsSubject(
  { concerns }: ReadRule<'guardrail'>,
  { lives, tool }: GuardedSubject,
): boolean {
  return lives.some(({ service }) => concerns(service.slug, tool));
}

/** What of an exchange's parameters is its caller's content. */
export function contentOf(exchange: Permitted): JsonObject {
  const params = paramsOf(exchange);
  const members = CONTENT_MEMBERS.flatMap((name) =>
    params[name] === undefined ? [] : [[name, params[name]] as const],
  );
  return Object.fromEntries(members);
}

/** The exchange with another content. */
export function withContent(exchange: Permitted, content: JsonObject): Permitted {
  const params = { ...paramsOf(exchange), ...content };
  if (exchange.target.kind !== 'task') return withParams(exchange, params);
  return { ...exchange, request: { ...exchange.request, params } };
}

function paramsOf({ target, request }: Permitted): JsonObject {
  return 'params' in target ? target.params : request.params;
}
