import { z } from 'zod';
import {
  serviceCredential,
  type ServiceCredential,
} from '../../upstream/credentials/service-credential.ts';
import { serviceTimeouts, type ServiceTimeouts } from '../../upstream/timeouts.ts';
import { configuredHeaders } from '../../upstream/configured-headers.ts';

/** Where a WebSocket server is and what is sent along with the handshake. */
export interface WebSocketConfig {
  /** The MCP endpoint, ws: or wss:. */
  readonly url: string;
  /** Sent with the handshake; `${NAME}` in a value is the service's secret of that name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Subprotocols to offer; the server must choose one of them when there are any. */
  readonly protocols: readonly string[];
  /** Which protocol era is spoken; `auto` asks the server. */
  readonly era: 'auto' | 'modern' | 'legacy';
  /** What proves the service's, or its users', right to it. */
  readonly credentials?: ServiceCredential | undefined;
  /** How long the server is waited for. */
  readonly timeouts?: ServiceTimeouts | undefined;
}

const subprotocol = z.string().regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, 'must be a subprotocol name');

/** The configuration of a WebSocket service; unknown keys are errors. */
export const webSocketConfig: z.ZodType<WebSocketConfig> = z.strictObject({
  url: z.string().refine(isEndpoint, 'must be a ws: or wss: URL without user name or #'),
  headers: configuredHeaders,
  protocols: z
    .array(subprotocol)
    .refine((names) => new Set(names).size === names.length, 'must not name one twice')
    .default(['mcp']),
  era: z.enum(['auto', 'modern', 'legacy']).default('auto'),
  credentials: serviceCredential.optional(),
  timeouts: serviceTimeouts.optional(),
});

function isEndpoint(text: string): boolean {
  const url = URL.parse(text);
  const isSocket = url?.protocol === 'ws:' || url?.protocol === 'wss:';
  return isSocket && url.username === '' && url.password === '' && !text.includes('#');
}
