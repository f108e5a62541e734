import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDoors } from '../../../../test/support/start-doors.ts';
import { GatewayError } from '../../../kernel/errors.ts';

test('refuses an unknown key while its body is still on the way, and lives on', async () => {
  const admit = async (): Promise<never> => {
    await sleep(5);
    throw new GatewayError('unauthenticated');
  };
  await using doors = await startDoors({ admit });
  const { hostname, port, host } = new URL(doors.url);
  const socket = connect(Number(port), hostname);
  socket.write(
    `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\n` +
      'Authorization: Bearer nobody\r\nContent-Length: 100\r\n\r\n{"jsonrpc":',
  );
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 401 /);
  // What is wrong with the rest of the body is nobody's error either.
  socket.destroy();
  await sleep(20);
  const next = await fetch(`${doors.url}/mcp`, { method: 'POST', body: '{}' });
  assert.equal(next.status, 401);
});
