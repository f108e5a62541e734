import type { JsonObject } from '../../kernel/json.ts';
import type { McpNotification } from '../message.ts';
import { takesTasks } from '../tasks-extension.ts';

/** What somebody wants to hear about (basic/patterns/subscriptions, "Notification Filter"). */
export interface ChangeFilter {
  readonly toolsListChanged?: boolean;
  readonly promptsListChanged?: boolean;
  readonly resourcesListChanged?: boolean;
  readonly resourceSubscriptions?: readonly string[];
  /** Tasks of the tasks extension. */
  readonly taskIds?: readonly string[];
}

/** What the gateway declares when it listens: tasks are announced only to those who take them. */
export function listenerCapabilities(filter: ChangeFilter): JsonObject {
  return filter.taskIds === undefined ? {} : takesTasks;
}

/** A list a server can change. */
export type ChangedList = 'tools' | 'prompts' | 'resources';

/** Something a server reported of itself. */
export type ServerChange =
  | {
      readonly kind: 'lists';
      readonly lists: readonly ChangedList[];
      /** Key of the caller in whose own session it was said; absent where it holds for all. */
      readonly caller?: string;
    }
  | { readonly kind: 'resource'; readonly uri: string }
  | { readonly kind: 'lost'; readonly text: string };

const LIST_CHANGED = /^notifications\/(tools|prompts|resources)\/list_changed$/;

/** The change a notification reports, or undefined when it reports none. */
export function changeOf({ method, params }: McpNotification): ServerChange | undefined {
  const list = LIST_CHANGED.exec(method)?.[1];
  if (list !== undefined) return { kind: 'lists', lists: [list as ChangedList] };
  const uri = params['uri'];
  const isUpdate = method === 'notifications/resources/updated' && typeof uri === 'string';
  return isUpdate ? { kind: 'resource', uri } : undefined;
}

/** True when the filter asks for this change; an update inside a watched resource counts. */
export function isWanted(filter: ChangeFilter, change: ServerChange): boolean {
  if (change.kind === 'lost') return false;
  if (change.kind === 'lists') {
    return change.lists.some((list) => filter[`${list}ListChanged`] === true);
  }
  const watched = filter.resourceSubscriptions ?? [];
  return watched.some((uri) => change.uri === uri || change.uri.startsWith(`${uri}/`));
}
