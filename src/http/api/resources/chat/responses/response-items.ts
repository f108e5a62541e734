import type { JsonObject } from '../../../../../kernel/json.ts';

/** An item of a response's output. */
export type OutputItem = JsonObject & {
  readonly type: string;
  readonly id: string;
  readonly status?: string;
};

/** A call as it was made. */
export interface MadeCall {
  readonly service: string | null;
  readonly tool: string;
  readonly arguments: string;
}

/** A text as content of a message. */
export function outputText(text: string) {
  return { type: 'output_text', text, annotations: [], logprobs: [] };
}

/** What a model says. */
export function messageItem(id: string, status: string, text: string | undefined): OutputItem {
  const content = text === undefined ? [] : [outputText(text)];
  return { type: 'message', id, status, role: 'assistant', content };
}

/** What a model thought, as far as it is told. */
export function reasoningItem(id: string, text: string | undefined): OutputItem {
  return { type: 'reasoning', id, summary: text === undefined ? [] : [summaryText(text)] };
}

/** A text as a part of a summary. */
export function summaryText(text: string) {
  return { type: 'summary_text', text };
}

/** A call of a tool of the caller. */
export function functionItem(
  id: string,
  callId: string,
  status: string,
  { tool, arguments: given }: MadeCall,
): OutputItem {
  return { type: 'function_call', id, call_id: callId, name: tool, arguments: given, status };
}

/** A call of a service that somebody has to approve first. */
export function approvalItem(id: string, call: MadeCall): OutputItem {
  return { type: 'mcp_approval_request', id, ...placeOf(call) };
}

/** A call that the gateway made, and what came of it. */
export function callItem(
  id: string,
  call: MadeCall,
  end: { readonly isOk: boolean; readonly text: string; readonly approvalId: string | null },
): OutputItem {
  return {
    type: 'mcp_call',
    id,
    ...placeOf(call),
    status: end.isOk ? 'completed' : 'failed',
    output: end.isOk ? end.text : null,
    error: end.isOk ? null : end.text,
    approval_request_id: end.approvalId,
  };
}

function placeOf({ service, tool, arguments: given }: MadeCall) {
  const own = service === null ? tool : tool.slice(`${service}__`.length);
  return { server_label: service ?? 'gateway', name: own, arguments: given };
}
