import { RpcError } from '../../../kernel/errors.ts';
import type { JsonBytes } from '../../../kernel/json-bytes.ts';
import {
  isJsonObject,
  objectMember,
  stringMember,
  withoutMembers,
  type JsonObject,
} from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ClientProfile } from '../../message.ts';
import { rpcCode } from '../../protocol.ts';
import { declaresTasks, takesTasks } from '../../tasks-extension.ts';

/** Whether a tool can be called as a task (2025-11-25 tasks, "Tool-Level Negotiation"). */
export type TaskSupport = 'required' | 'optional' | 'none';

/** The key that says to which task a message belongs. */
const RELATED_TASK = 'io.modelcontextprotocol/related-task';

/** Lists one page of the server's tools. */
export type ListTools = (params: JsonObject) => Promise<JsonBytes>;

/** What a server's tools say of tasks: read when it is first needed, and after they changed. */
export class ToolTasks {
  readonly #list: ListTools;
  #tools: Promise<ReadonlyMap<string, TaskSupport>> | undefined;

  constructor(list: ListTools) {
    this.#list = list;
  }

  /** The tools may say something else now. */
  forget(): void {
    this.#tools = undefined;
  }

  /** A server whose tools cannot be listed is taken to have none of this kind. */
  async supportOf(tool: string): Promise<TaskSupport> {
    this.#tools ??= this.#read();
    try {
      return (await this.#tools).get(tool) ?? 'none';
    } catch {
      this.forget();
      return 'none';
    }
  }

  async #read(): Promise<ReadonlyMap<string, TaskSupport>> {
    const found = new Map<string, TaskSupport>();
    let cursor: string | undefined;
    for (let page = 0; page < limits.listPagesMax; page++) {
      const result = (await this.#list(cursor === undefined ? {} : { cursor })).value;
      const tools = Array.isArray(result['tools']) ? result['tools'] : [];
      for (const tool of tools) {
        const name = isJsonObject(tool) ? stringMember(tool, 'name') : undefined;
        if (name === undefined || !isJsonObject(tool)) continue;
        const support = objectMember(tool, 'execution')?.['taskSupport'];
        if (support === 'required' || support === 'optional') found.set(name, support);
      }
      cursor = stringMember(result, 'nextCursor');
      if (cursor === undefined) break;
    }
    return found;
  }
}

/** True when the server takes tool calls as tasks. */
export function takesToolTasks(capabilities: JsonObject): boolean {
  const requests = objectMember(objectMember(capabilities, 'tasks'), 'requests');
  return isJsonObject(objectMember(requests, 'tools')?.['call']);
}

/**
 * Whether a call of a tool goes out as a task. Throws RpcError -32021 when it would have to, for a
 * client that takes none; callers of older revisions are waited for.
 */
export function goesAsTask(support: TaskSupport, client: ClientProfile): boolean {
  const takes = client.era === 'modern' && declaresTasks(client.capabilities);
  if (support === 'none') return false;
  if (support === 'optional' || takes) return takes;
  if (client.era === 'legacy' || client.waitsForTasks === true) return true;
  const text = 'This tool runs as a task, which the client does not take.';
  throw new RpcError(rpcCode.missingCapability, text, { requiredCapabilities: takesTasks });
}

/** The id of the task that a result announces, or undefined when it is the call's own result. */
export function createdTaskId(result: JsonBytes): string | undefined {
  const task = result.has('task') ? result.member('task') : undefined;
  return isJsonObject(task) ? stringMember(task, 'taskId') : undefined;
}

/** The task a message of the server belongs to. */
export function relatedTaskId(params: JsonObject): string | undefined {
  return stringMember(objectMember(objectMember(params, '_meta'), RELATED_TASK), 'taskId');
}

/** `_meta` that says to which task an answer belongs. */
export function relatedTask(taskId: string): JsonObject {
  return { [RELATED_TASK]: { taskId } };
}

/** A message without the server's own name of its task. */
export function withoutRelatedTask(message: JsonObject): JsonObject {
  const own = objectMember(message, '_meta');
  if (own === undefined || !(RELATED_TASK in own)) return message;
  const kept = withoutMembers(own, [RELATED_TASK]);
  const rest = withoutMembers(message, ['_meta']);
  return Object.keys(kept).length === 0 ? rest : { ...rest, _meta: kept };
}
