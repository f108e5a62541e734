import { z } from 'zod';
import {
  serviceCredential,
  type ServiceCredential,
} from '../../upstream/credentials/service-credential.ts';
import { serviceTimeouts, type ServiceTimeouts } from '../../upstream/timeouts.ts';
import { configuredHeaders } from '../../upstream/configured-headers.ts';
import { sessionCarrier, type SessionCarrier } from './session-carrier.ts';

/** Where an HTTP server is and what is sent along. */
export interface HttpConfig {
  /** The MCP endpoint. */
  readonly url: string;
  /** Sent with every request; `${NAME}` in a value is the service's secret of that name. */
  readonly headers: Readonly<Record<string, string>>;
  /** Which protocol era is spoken; `auto` asks the server. */
  readonly era: 'auto' | 'modern' | 'legacy';
  /** How a legacy server is told the session's id. */
  readonly session: SessionCarrier;
  /** What proves the service's, or its users', right to it. */
  readonly credentials?: ServiceCredential | undefined;
  /** How long the server is waited for. */
  readonly timeouts?: ServiceTimeouts | undefined;
}

/** The configuration of an HTTP service; unknown keys are errors. */
export const httpConfig: z.ZodType<HttpConfig> = z.strictObject({
  url: z.string().refine(isEndpoint, 'must be an http: or https: URL without user name or #'),
  headers: configuredHeaders,
  era: z.enum(['auto', 'modern', 'legacy']).default('auto'),
  session: sessionCarrier,
  credentials: serviceCredential.optional(),
  timeouts: serviceTimeouts.optional(),
});

function isEndpoint(text: string): boolean {
  const url = URL.parse(text);
  const isWeb = url?.protocol === 'http:' || url?.protocol === 'https:';
  return isWeb && url.username === '' && url.password === '' && !text.includes('#');
}
