import { isJsonObject, type Json, type JsonObject } from '../../kernel/json.ts';

/** The key of the question among the inputs that a call needs. */
export const APPROVAL_INPUT = 'approval';

const SHOWN_CHARACTERS = 1_500;

/** The question that a caller is asked (2026-07-28 client/elicitation, form mode). */
export function approvalQuestion(approval: {
  readonly id: string;
  readonly serviceSlug: string;
  readonly tool: string;
  readonly arguments: Json;
}): JsonObject {
  const { id, serviceSlug, tool } = approval;
  const text = JSON.stringify(approval.arguments);
  const shown =
    text.length <= SHOWN_CHARACTERS
      ? text
      : `${text.slice(0, SHOWN_CHARACTERS)}… (${text.length} characters in all)`;
  return {
    method: 'elicitation/create',
    params: {
      mode: 'form',
      message:
        `The gateway asks before it calls the tool ${JSON.stringify(tool)} of ${serviceSlug} ` +
        `with ${shown}\nApproval ${id}. Shall it be called?`,
      requestedSchema: {
        type: 'object',
        properties: {
          approve: { type: 'boolean', title: 'Approve this call', default: false },
        },
        required: ['approve'],
      },
    },
  };
}

/** What the caller answered; undefined when nothing was. Anything but a clear yes is a no. */
export function answeredApproval(inputResponses: Json | undefined): boolean | undefined {
  const answer = isJsonObject(inputResponses) ? inputResponses[APPROVAL_INPUT] : undefined;
  if (!isJsonObject(answer)) return undefined;
  const content = answer['content'];
  return answer['action'] === 'accept' && isJsonObject(content) && content['approve'] === true;
}
