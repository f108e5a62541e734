import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../test/support/until.ts';
import { limits } from '../kernel/limits.ts';
import { relayStdio, type GatewayConnection } from './relay-stdio.ts';

/** A gateway's end, in this process. */
function fakeGateway() {
  const lost = Promise.withResolvers<string>();
  const written: string[] = [];
  let listener: (message: Buffer) => void = () => {};
  let closed = false;
  const connection: GatewayConnection = {
    write: (message, taken) => {
      written.push(message.toString());
      taken();
    },
    queuedBytes: () => 0,
    pause: () => {},
    resume: () => {},
    cut: () => lost.resolve('cut'),
    onMessage: (one) => (listener = one),
    lost: lost.promise,
    close: () => {
      closed = true;
      return Promise.resolve();
    },
  };
  return {
    connection,
    written,
    lose: lost.resolve,
    say: (text: string) => listener(Buffer.from(text)),
    isClosed: () => closed,
  };
}

const request = (id: number): string => `{"jsonrpc":"2.0","id":${id},"method":"x"}`;
const answer = (id: number): string => `{"jsonrpc":"2.0","id":${id},"result":{}}`;

describe('a relay', () => {
  test('passes messages as they are, both ways', async () => {
    const gateway = fakeGateway();
    const [input, output] = [new PassThrough(), new PassThrough()];
    const ended = relayStdio(gateway.connection, { input, output });
    input.write(`${request(1)}\nnot json\n`);
    await until(() => gateway.written.length === 2);
    assert.deepEqual(gateway.written, [request(1), 'not json']);
    gateway.say(answer(1));
    input.end();
    assert.deepEqual(await ended, { client: 'input_ended' });
    assert.equal(String(output.read()), `${answer(1)}\n`);
    assert.equal(gateway.isClosed(), true);
  });

  test('waits a moment for owed answers when the client closes its end', async () => {
    const gateway = fakeGateway();
    const [input, output] = [new PassThrough(), new PassThrough()];
    const ended = relayStdio(gateway.connection, { input, output });
    input.end(`[${request(1)},${request(2)}]\n`);
    await sleep(60);
    assert.equal(gateway.isClosed(), false);
    gateway.say(`[${answer(1)}]`);
    const startedMs = Date.now();
    await sleep(60);
    gateway.say(answer(2));
    await ended;
    assert.ok(Date.now() - startedMs < limits.stdioLingerMs / 2, 'nothing more is owed');
  });

  test('ends with the reason when the gateway is lost', async () => {
    const gateway = fakeGateway();
    const streams = { input: new PassThrough(), output: new PassThrough() };
    const ended = relayStdio(gateway.connection, streams);
    gateway.lose('The gateway closed the connection.');
    assert.deepEqual(await ended, { lost: 'The gateway closed the connection.' });
    streams.input.end();
  });

  test('cuts a gateway that does not read, and does not read the client meanwhile', async () => {
    const gateway = fakeGateway();
    const [input, output] = [new PassThrough(), new PassThrough()];
    const clogged = { ...gateway.connection, write: () => {}, queuedBytes: () => 11 };
    const pace = { waitBytes: 10, cutBytes: 100, stallMs: 50 };
    const ended = relayStdio(clogged, { input, output }, pace);
    input.write(`${request(1)}\n`);
    await until(() => input.isPaused());
    assert.deepEqual(await ended, { lost: 'cut' });
  });
});
