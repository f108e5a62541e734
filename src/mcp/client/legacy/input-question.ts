import { objectMember, withoutMembers } from '../../../kernel/json.ts';
import type { JsonObject } from '../../../kernel/json.ts';
import type { RequestId } from '../../json-rpc.ts';
import { relatedTask, relatedTaskId, withoutRelatedTask } from './legacy-tasks.ts';

/** A request of the server that waits for the client's input. */
export interface InputQuestion {
  readonly id: RequestId;
  readonly method: string;
  readonly params: JsonObject;
}

/** The question as an entry of `inputRequests`. */
export function toInputRequest(question: InputQuestion): JsonObject {
  const { method } = question;
  const params = withoutRelatedTask(question.params);
  const meta = objectMember(params, '_meta');
  if (meta === undefined) {
    return Object.keys(params).length === 0 ? { method } : { method, params };
  }
  const kept = withoutMembers(meta, ['progressToken']);
  const rest = withoutMembers(params, ['_meta']);
  const isEmpty = Object.keys(kept).length === 0;
  return { method, params: isEmpty ? rest : { ...rest, _meta: kept } };
}

/**
 * The client's response as the server's revision takes it: before 2025-11-25 a sampled message has
 * one content block, not a list.
 */
export function toLegacyResponse(
  question: InputQuestion,
  response: JsonObject,
  protocolVersion: string,
): JsonObject {
  const taskId = relatedTaskId(question.params);
  if (taskId !== undefined) {
    const own = { ...objectMember(response, '_meta'), ...relatedTask(taskId) };
    const plain = { ...question, params: withoutRelatedTask(question.params) };
    return { ...toLegacyResponse(plain, response, protocolVersion), _meta: own };
  }
  const { content } = response;
  const listed = question.method === 'sampling/createMessage' && Array.isArray(content);
  if (!listed || protocolVersion >= '2025-11-25' || content.length !== 1) return response;
  return { ...response, content: content[0] as JsonObject };
}
