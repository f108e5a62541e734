import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Cancellation } from '../../kernel/cancellation.ts';
import { RpcError } from '../../kernel/errors.ts';
import { limits } from '../../kernel/limits.ts';
import type { McpNotification } from '../message.ts';
import type { ServerChange } from './change-filter.ts';
import { announcedLists, keepListening, type OpenListen } from './keep-listening.ts';

const tools: McpNotification = { method: 'notifications/tools/list_changed', params: {} };

describe('keepListening', () => {
  it('opens a broken stream again, and says that something may have changed', async () => {
    const cancellation = new Cancellation();
    const changes: ServerChange[] = [];
    const openedMs: number[] = [];
    const open: OpenListen = async function* (filter) {
      openedMs.push(Date.now());
      assert.deepEqual(filter, { toolsListChanged: true });
      if (openedMs.length === 1) yield tools;
      else cancellation.cancel('shutdown');
      throw new Error('broken');
    };
    // The pause itself keeps no process alive.
    const alive = setInterval(() => {}, 1_000);
    await keepListening(open, ['tools'], (change) => changes.push(change), cancellation);
    clearInterval(alive);
    const waitedMs = (openedMs[1] as number) - (openedMs[0] as number);
    assert.ok(waitedMs >= limits.streamRetryMsMin * 0.9 && waitedMs < limits.streamRetryMsMax / 10);
    const changed: ServerChange = { kind: 'lists', lists: ['tools'] };
    assert.deepEqual(changes, [changed, changed]);
  });

  it('stops where the server does not stream', async () => {
    let opened = 0;
    const open: OpenListen = async function* () {
      opened++;
      await Promise.resolve();
      if (opened > 0) throw new RpcError(-32601, 'no');
      yield tools;
    };
    await keepListening(open, ['tools'], () => {}, new Cancellation());
    assert.equal(opened, 1);
  });

  it('listens for the lists that a server announces', () => {
    const capabilities = {
      tools: { listChanged: true },
      prompts: {},
      resources: { listChanged: true },
    };
    assert.deepEqual(announcedLists(capabilities), ['tools', 'resources']);
  });
});
