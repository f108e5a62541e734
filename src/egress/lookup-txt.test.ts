import assert from 'node:assert/strict';
import { createSocket, type Socket } from 'node:dgram';
import { after, before, beforeEach, describe, test } from 'node:test';
import { limits } from '../kernel/limits.ts';
import { createLookupTxt } from './lookup-txt.ts';

/** A record: its parts, each of at most 255 bytes (RFC 1035 §3.3.14). */
type Record = readonly string[];

interface Zone {
  readonly records: readonly Record[];
  /** RCODE (RFC 1035 §4.1.1): 0 is an answer, 2 a failure of the server, 3 an unknown name. */
  readonly code?: number;
  readonly isSilent?: boolean;
}

/** The answer to a question with one name, in one message. */
function answerTo(question: Buffer, { records, code = 0 }: Zone): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const head = Buffer.alloc(12);
  question.copy(head, 0, 0, 2);
  head.writeUInt16BE(0x8180 + code, 2);
  head.writeUInt16BE(1, 4);
  head.writeUInt16BE(records.length, 6);
  const answers = records.map((parts) => {
    const data = Buffer.concat(
      parts.map((part) => Buffer.concat([Buffer.from([part.length]), Buffer.from(part)])),
    );
    const fixed = Buffer.from([0xc0, 12, 0, 16, 0, 1, 0, 0, 0, 60, 0, 0]);
    fixed.writeUInt16BE(data.length, 10);
    return Buffer.concat([fixed, data]);
  });
  return Buffer.concat([head, question.subarray(12, end), ...answers]);
}

describe('looking up TXT records', () => {
  let socket: Socket;
  let zone: Zone = { records: [] };
  let asked = 0;
  const lookup = (timeoutMs = 5_000) =>
    createLookupTxt({ servers: [`127.0.0.1:${socket.address().port}`], timeoutMs })('acme.example');
  before(async () => {
    socket = createSocket('udp4');
    socket.on('message', (question, from) => {
      asked += 1;
      if (zone.isSilent !== true) socket.send(answerTo(question, zone), from.port, from.address);
    });
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  });
  after(() => void socket.close());
  beforeEach(() => void (asked = 0));

  test('brings each record as one text', async () => {
    zone = { records: [['v=spf1 -all'], ['one ', 'two']] };
    assert.deepEqual(await lookup(), ['v=spf1 -all', 'one two']);
    assert.ok(asked >= 1);
  });

  test('brings none of a name that has none, or that nobody knows', async () => {
    zone = { records: [] };
    assert.deepEqual(await lookup(), []);
    zone = { records: [], code: 3 };
    assert.deepEqual(await lookup(), []);
  });

  test('brings dnsTxtRecordsMax records and not one more', async () => {
    const many = (count: number): Zone => ({
      records: Array.from({ length: count }, (_, at) => [`r${at}`]),
    });
    zone = many(limits.dnsTxtRecordsMax);
    assert.equal((await lookup()).length, limits.dnsTxtRecordsMax);
    zone = many(limits.dnsTxtRecordsMax + 1);
    assert.equal((await lookup()).length, limits.dnsTxtRecordsMax);
  });

  test('fails when the server fails, and when it is silent for dnsLookupMs', async () => {
    zone = { records: [], code: 2 };
    await assert.rejects(lookup(), { code: 'upstream_unavailable' });
    zone = { records: [], isSilent: true };
    const startedMs = performance.now();
    await assert.rejects(lookup(200), { code: 'upstream_unavailable' });
    assert.ok(performance.now() - startedMs < limits.dnsLookupMs);
  });
});
