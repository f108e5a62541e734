import { callApi } from '../../examples/quickstart/call-api.ts';

/** An approval as the inbox shows it, as far as tests look. */
export interface InboxApproval {
  readonly id: string;
  readonly state: string;
  readonly tool: string;
  readonly arguments: unknown;
  readonly decidedBy: string | null;
}

/** A gateway's control plane. */
export interface ControlPlace {
  readonly url: string;
  readonly apiKey: string;
}

/** The approvals that wait at a gateway. */
export async function waitingApprovals(place: ControlPlace): Promise<readonly InboxApproval[]> {
  const { approvals } = await callApi(place, 'GET', '/api/v1/approvals?state=waiting');
  return approvals as readonly InboxApproval[];
}

/** Decides one. */
export async function decideApproval(
  place: ControlPlace,
  id: string,
  verdict: 'approve' | 'deny',
): Promise<void> {
  await callApi(place, 'POST', `/api/v1/approvals/${id}/${verdict}`, {});
}
