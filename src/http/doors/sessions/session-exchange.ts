import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Endpoint } from '../../../gateway/exchange.ts';
import type { SessionInUse } from '../../../gateway/sessions/managed-sessions.ts';
import type { Principal } from '../../../kernel/principal.ts';
import type { Reply } from '../../listener/reply.ts';
import type { SessionAddress } from './session-address.ts';

/** One request to a session that was found and may be used by its caller. */
export interface SessionExchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly reply: Reply;
  readonly token: string | undefined;
  readonly principal: Principal;
  readonly address: SessionAddress;
  readonly live: SessionInUse;
  readonly endpoint: Endpoint;
}
