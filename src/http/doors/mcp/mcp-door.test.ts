import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDoors, testKeys } from '../../../../test/support/start-doors.ts';
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

test('a head that is repeated on a kept connection is judged the same each time', async () => {
  await using doors = await startDoors();
  const { hostname, port, host } = new URL(doors.url);
  const socket = connect(Number(port), hostname);
  const ask = async (type: string): Promise<string> => {
    const body = '{}';
    socket.write(
      `POST /mcp HTTP/1.1\r\nHost: ${host}\r\nContent-Type: ${type}\r\n` +
        `Authorization: Bearer ${testKeys.a}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer.toString().slice(9, 12);
  };
  const statuses: string[] = [];
  for (const type of ['text/plain', 'text/plain', 'application/json', 'application/json']) {
    statuses.push(await ask(type));
  }
  socket.destroy();
  assert.deepEqual(statuses, ['415', '415', '400', '400']);
});
