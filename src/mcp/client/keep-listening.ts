import type { Cancellation } from '../../kernel/cancellation.ts';
import { GatewayError, RpcError } from '../../kernel/errors.ts';
import { isJsonObject, type JsonObject } from '../../kernel/json.ts';
import { limits } from '../../kernel/limits.ts';
import { pause } from '../../kernel/pause.ts';
import type { ExchangeIo, McpNotification } from '../message.ts';
import {
  changeOf,
  type ChangedList,
  type ChangeFilter,
  type ServerChange,
} from './change-filter.ts';

/** Opens one stream of change notifications. */
export type OpenListen = (filter: ChangeFilter, io: ExchangeIo) => AsyncIterable<McpNotification>;

/** The lists a server can change. */
export const changedLists: readonly ChangedList[] = ['tools', 'prompts', 'resources'];

/** The lists whose changes a server announces, by its capabilities. */
export function announcedLists(capabilities: JsonObject): readonly ChangedList[] {
  return changedLists.filter((list) => {
    const capability = capabilities[list];
    return isJsonObject(capability) && capability['listChanged'] === true;
  });
}

/**
 * Listens for changes of the lists until cancelled. A broken stream is opened again, later each
 * time; what it may have missed is reported as a change. Ends when the server refuses to stream.
 */
export async function keepListening(
  open: OpenListen,
  announced: readonly ChangedList[],
  changed: (change: ServerChange) => void,
  cancellation: Cancellation,
): Promise<void> {
  const filter = Object.fromEntries(announced.map((list) => [`${list}ListChanged`, true]));
  const io: ExchangeIo = {
    cancellation,
    deadlineMs: Number.POSITIVE_INFINITY,
    notified: 0,
    notify: () => undefined,
  };
  let delayMs: number = limits.streamRetryMsMin;
  while (cancellation.reason === undefined) {
    const startedMs = Date.now();
    try {
      for await (const notification of open(filter, io)) {
        const change = changeOf(notification);
        if (change !== undefined) changed(change);
      }
    } catch (error) {
      const isRefused = error instanceof RpcError;
      const isDenied = error instanceof GatewayError && error.code === 'egress_denied';
      if (isRefused || isDenied) return;
    }
    const lasted = Date.now() - startedMs > limits.streamRetryMsMax;
    delayMs = lasted ? limits.streamRetryMsMin : Math.min(delayMs * 2, limits.streamRetryMsMax);
    await pause(delayMs * (0.5 + Math.random() / 2), cancellation);
    if (cancellation.reason === undefined) changed({ kind: 'lists', lists: announced });
  }
}
