import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';

/** A mail as the server took it. */
export interface TakenMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Head and body as they were sent. */
  readonly data: string;
}

/** A small SMTP server on loopback (RFC 5321) that keeps what it is given. */
export interface MailServer extends AsyncDisposable {
  readonly url: string;
  readonly mails: readonly TakenMail[];
  /** Connections that are open. */
  readonly open: number;
  /** What it answers to MAIL FROM; 250 takes the mail. */
  answer: string;
  /** Whether it greets whoever connects. */
  isMute: boolean;
  /** Resolves when so many mails are there. */
  taken(count: number): Promise<readonly TakenMail[]>;
}

/** Starts the server on a free port. */
export async function startMailServer(): Promise<MailServer> {
  const mails: TakenMail[] = [];
  const sockets = new Set<Socket>();
  const waiting: (() => void)[] = [];
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => {});
    if (!mail.isMute)
      talk(socket, mail, (one) => {
        mails.push(one);
        for (const go of waiting.splice(0)) go();
      });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const mail: MailServer = {
    url: `smtp://127.0.0.1:${port}`,
    mails,
    get open() {
      return sockets.size;
    },
    answer: '250 ok',
    isMute: false,
    taken: async (count) => {
      while (mails.length < count) await new Promise<void>((resolve) => waiting.push(resolve));
      return mails;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
  return mail;
}

/** One conversation: commands by line, then the mail up to a line with a dot. */
function talk(socket: Socket, server: MailServer, take: (mail: TakenMail) => void): void {
  let text = '';
  let from = '';
  let to: string[] = [];
  let isData = false;
  const say = (line: string): void => void socket.write(`${line}\r\n`);
  const command = (line: string): void => {
    const verb = line.slice(0, 4).toUpperCase();
    if (verb === 'EHLO' || verb === 'HELO') say('250 here');
    else if (verb === 'MAIL') {
      from = /<(.*?)>/.exec(line)?.[1] ?? '';
      to = [];
      say(server.answer);
    } else if (verb === 'RCPT') {
      to.push(/<(.*?)>/.exec(line)?.[1] ?? '');
      say('250 ok');
    } else if (verb === 'DATA') {
      isData = true;
      say('354 go on');
    } else if (verb === 'QUIT') socket.end('221 bye\r\n');
    else say('250 ok');
  };
  say('220 mail.test ESMTP');
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('utf8');
    for (;;) {
      const end = text.indexOf(isData ? '\r\n.\r\n' : '\r\n');
      if (end < 0) return;
      const part = text.slice(0, end);
      text = text.slice(end + (isData ? 5 : 2));
      if (isData) {
        isData = false;
        take({ from, to, data: part });
        say('250 taken');
      } else command(part);
    }
  });
}
