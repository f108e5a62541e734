import { Cancellation } from '../../kernel/cancellation.ts';
import { limits } from '../../kernel/limits.ts';
import type { ClientProfile, ExchangeIo, McpNotification } from '../../mcp/message.ts';
import { MODERN_VERSION } from '../../mcp/protocol.ts';

/** A caller who knows no MCP: it has no capabilities and cannot be asked. */
export const plainClient: ClientProfile = {
  era: 'modern',
  protocolVersion: MODERN_VERSION,
  info: { name: 'plain-http', version: '1' },
  capabilities: {},
  waitsForTasks: true,
};

/** Takes a notification to the caller; undefined for a caller that wants none. */
export type PlainNotify = (notification: McpNotification) => Promise<void> | undefined;

/** The way back of one plain call. */
export class PlainIo implements ExchangeIo {
  readonly cancellation = new Cancellation();
  readonly deadlineMs = Date.now() + limits.exchangeTotalMs;
  notified = 0;
  readonly #notify: PlainNotify | undefined;

  constructor(notify: PlainNotify | undefined) {
    this.#notify = notify;
  }

  notify(notification: McpNotification): Promise<void> | undefined {
    if (this.#notify === undefined || this.cancellation.reason !== undefined) return undefined;
    this.notified++;
    return this.#notify(notification);
  }
}
