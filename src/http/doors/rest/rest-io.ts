import { Cancellation } from '../../../kernel/cancellation.ts';
import { limits } from '../../../kernel/limits.ts';
import type { ClientProfile, ExchangeIo, McpNotification } from '../../../mcp/message.ts';
import { MODERN_VERSION } from '../../../mcp/protocol.ts';

/** A caller who knows no MCP: it has no capabilities and cannot be asked. */
export const restClient: ClientProfile = {
  era: 'modern',
  protocolVersion: MODERN_VERSION,
  info: { name: 'plain-http', version: '1' },
  capabilities: {},
  waitsForTasks: true,
};

/** Takes a notification to the caller; undefined for a caller that wants none. */
export type RestNotify = (notification: McpNotification) => Promise<void> | undefined;

/** The way back of one REST call. */
export class RestIo implements ExchangeIo {
  readonly cancellation = new Cancellation();
  readonly deadlineMs = Date.now() + limits.exchangeTotalMs;
  notified = 0;
  readonly #notify: RestNotify | undefined;

  constructor(notify: RestNotify | undefined) {
    this.#notify = notify;
  }

  notify(notification: McpNotification): Promise<void> | undefined {
    if (this.#notify === undefined || this.cancellation.reason !== undefined) return undefined;
    this.notified++;
    return this.#notify(notification);
  }
}
