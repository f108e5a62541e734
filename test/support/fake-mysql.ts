import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A column of an answer: its name, type number and character set (63 = bytes). */
export interface FakeColumn {
  readonly name: string;
  readonly type: number;
  readonly charset?: number;
}

/** What the fake answers; a value is bytes as the binary protocol has them. */
export type FakeAnswer =
  | { readonly affectedRows: number }
  | { readonly errno: number; readonly sqlState: string; readonly message: string }
  | {
      readonly columns: readonly FakeColumn[];
      readonly rows: readonly (readonly (Buffer | null)[])[];
    }
  | 'silence';

/** What the client did, in order. */
export interface FakeEvent {
  readonly kind: 'query' | 'prepare' | 'execute' | 'quit';
  readonly sql: string;
  readonly values?: readonly unknown[];
}

/** A MySQL server of one's own making: it speaks the protocol and answers as it is told. */
export interface FakeMysql extends AsyncDisposable {
  readonly port: number;
  readonly events: readonly FakeEvent[];
}

const OK = 0x00;
const EOF = Buffer.from([0xfe, 0, 0, 2, 0]);
/** Protocol 4.1, native passwords, a database by name, transactions; no TLS. */
const CAPABILITIES = 0x00_08_a2_09;

/** Text with its length before it. */
export const lengthCoded = (value: string | Buffer): Buffer => {
  const bytes = Buffer.from(value);
  if (bytes.length >= 251) throw new Error('the fake only sends short values');
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
};

/** Starts a fake; `answer` decides by the text of the statement. */
export async function startFakeMysql(
  version: string,
  answer: (sql: string, values: readonly unknown[] | undefined) => FakeAnswer | undefined,
): Promise<FakeMysql> {
  const events: FakeEvent[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    serve(socket, version, answer, events);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    events,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

function serve(
  socket: Socket,
  version: string,
  answer: (sql: string, values: readonly unknown[] | undefined) => FakeAnswer | undefined,
  events: FakeEvent[],
): void {
  const prepared: string[] = [];
  let greeted = false;
  let pending = Buffer.alloc(0);
  const send = (first: number, ...payloads: readonly Buffer[]): void => {
    payloads.forEach((payload, at) => {
      const head = Buffer.alloc(4);
      head.writeUIntLE(payload.length, 0, 3);
      head[3] = (first + at) & 0xff;
      socket.write(Buffer.concat([head, payload]));
    });
  };
  const reply = (given: FakeAnswer | undefined, binary: boolean): void => {
    if (given !== 'silence') send(1, ...encode(given ?? { affectedRows: 0 }, binary));
  };
  const command = (payload: Buffer): void => {
    const sql = payload.toString('utf8', 1);
    if (payload[0] === 0x03) {
      events.push({ kind: 'query', sql });
      reply(answer(sql, undefined), false);
    } else if (payload[0] === 0x16) {
      events.push({ kind: 'prepare', sql });
      prepared.push(sql);
      send(1, ...preparedOk(prepared.length, sql));
    } else if (payload[0] === 0x17) {
      const statement = prepared[payload.readUInt32LE(1) - 1] ?? '';
      const values = readValues(payload, statement.split('?').length - 1);
      events.push({ kind: 'execute', sql: statement, values });
      reply(answer(statement, values), true);
    } else if (payload[0] === 0x01) {
      events.push({ kind: 'quit', sql: '' });
      socket.end();
    }
  };
  socket.on('data', (bytes) => {
    pending = Buffer.concat([pending, bytes]);
    while (pending.length >= 4 && pending.length >= 4 + pending.readUIntLE(0, 3)) {
      const end = 4 + pending.readUIntLE(0, 3);
      const payload = pending.subarray(4, end);
      pending = pending.subarray(end);
      if (greeted) command(payload);
      else send(2, Buffer.from([OK, 0, 0, 2, 0, 0, 0]));
      greeted = true;
    }
  });
  send(0, greeting(version));
}

function greeting(version: string): Buffer {
  const fixed = Buffer.alloc(31);
  fixed.writeUInt32LE(1, 0);
  fixed.write('saltsalt', 4, 'latin1');
  fixed.writeUInt16LE(CAPABILITIES & 0xffff, 13);
  fixed.writeUInt8(45, 15);
  fixed.writeUInt16LE(2, 16);
  fixed.writeUInt16LE(CAPABILITIES >>> 16, 18);
  fixed.writeUInt8(21, 20);
  return Buffer.concat([
    Buffer.from(`\n${version}\0`, 'latin1'),
    fixed,
    Buffer.from('saltsaltsalt\0mysql_native_password\0', 'latin1'),
  ]);
}

function encode(given: Exclude<FakeAnswer, 'silence'>, binary: boolean): readonly Buffer[] {
  if ('affectedRows' in given) return [Buffer.from([OK, given.affectedRows, 0, 2, 0, 0, 0])];
  if ('errno' in given) {
    const head = Buffer.from([0xff, given.errno & 0xff, given.errno >> 8]);
    return [Buffer.concat([head, Buffer.from(`#${given.sqlState}${given.message}`)])];
  }
  const rows = given.rows.map((row) => {
    if (!binary) return Buffer.concat(row.map((value) => value ?? Buffer.of(0xfb)));
    const nulls = Buffer.alloc((row.length + 9) >> 3);
    row.forEach((value, at) => {
      if (value === null)
        nulls[(at + 2) >> 3] = (nulls[(at + 2) >> 3] ?? 0) | (1 << ((at + 2) & 7));
    });
    return Buffer.concat([Buffer.of(OK), nulls, ...row.filter((value) => value !== null)]);
  });
  return [Buffer.of(given.columns.length), ...given.columns.map(columnPacket), EOF, ...rows, EOF];
}

function columnPacket({ name, type, charset = 45 }: FakeColumn): Buffer {
  const tail = Buffer.alloc(13);
  tail[0] = 12;
  tail.writeUInt16LE(charset, 1);
  tail.writeUInt8(type, 7);
  const texts = ['def', '', '', '', name, ''];
  return Buffer.concat([...texts.map(lengthCoded), tail]);
}

function preparedOk(id: number, sql: string): readonly Buffer[] {
  const parameters = sql.split('?').length - 1;
  const head = Buffer.alloc(12);
  head.writeUInt32LE(id, 1);
  head.writeUInt16LE(parameters, 7);
  const definitions = Array.from({ length: parameters }, () =>
    columnPacket({ name: '?', type: 253 }),
  );
  return [head, ...definitions, ...(parameters === 0 ? [] : [EOF])];
}

/** Values of a COM_STMT_EXECUTE: texts, bytes, doubles and small integers. */
function readValues(payload: Buffer, count: number): readonly unknown[] {
  if (count === 0) return [];
  const nulls = payload.subarray(10, 10 + ((count + 7) >> 3));
  const types = 10 + nulls.length + 1;
  let at = types + count * 2;
  return Array.from({ length: count }, (_, index) => {
    if (((nulls[index >> 3] ?? 0) & (1 << (index & 7))) !== 0) return null;
    const type = payload[types + index * 2];
    if (type === 5) return payload.readDoubleLE((at += 8) - 8);
    if (type === 1) return payload.readInt8((at += 1) - 1);
    const length = payload[at] ?? 0;
    const bytes = payload.subarray(at + 1, at + 1 + length);
    at += 1 + length;
    return type === 252 ? Buffer.from(bytes) : bytes.toString('utf8');
  });
}
