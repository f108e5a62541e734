import { isIP } from 'node:net';
import { GatewayError } from '../kernel/errors.ts';
import { limits } from '../kernel/limits.ts';
import type { Mail, Mailer } from '../kernel/egress.ts';
import { createTurns } from '../kernel/limits/turns.ts';

/** The mail server of the operator. */
export interface MailSettings {
  /** `smtp://user:password@host:port`, or `smtps:` for TLS from the first byte. */
  readonly url: string;
  /** The sender's address. */
  readonly from: string;
  /** `verify` unless the host is this machine; `encrypt` does not check who answers. */
  readonly tlsMode?: 'off' | 'encrypt' | 'verify';
}

const SENT_AT_ONCE = 2;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1)$/;

/**
 * Hands mails to the configured server, one connection each. The server is infrastructure that the
 * operator names, as the database is: the guard for the addresses of services is not asked.
 */
export function createMailer(settings: MailSettings): Mailer {
  const turns = createTurns({
    runningMax: SENT_AT_ONCE,
    waitingMax: limits.mailsQueuedMax,
    limit: 'mails',
  });
  return { send: (mail) => turns(() => sendOne(settings, mail)) };
}

async function sendOne(settings: MailSettings, { to, subject, text }: Mail): Promise<void> {
  // A gateway without a mail server has no use for the library.
  const { createTransport } = await import('nodemailer');
  const transport = createTransport(transportOptions(settings));
  try {
    const { from } = settings;
    await transport.sendMail({
      from,
      to: { name: '', address: to },
      subject,
      text,
      disableFileAccess: true,
      disableUrlAccess: true,
    });
  } catch (cause) {
    throw new GatewayError('upstream_failed', 'The mail server did not take a mail.', { cause });
  } finally {
    transport.close();
  }
}

function transportOptions({ url, tlsMode }: MailSettings) {
  const { protocol, hostname, port, username, password } = new URL(url);
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const isSecure = protocol === 'smtps:';
  const mode = tlsMode ?? (LOOPBACK.test(host) ? 'off' : 'verify');
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  return {
    host,
    port: port === '' ? (isSecure ? 465 : 587) : Number(port),
    secure: isSecure,
    requireTLS: mode !== 'off',
    ignoreTLS: mode === 'off',
    tls: {
      rejectUnauthorized: mode === 'verify',
      ...(isIP(host) === 0 ? { servername: host } : {}),
    },
    connectionTimeout: limits.mailMs,
    greetingTimeout: limits.mailMs,
    socketTimeout: limits.mailMs,
    ...(username === '' ? {} : { auth }),
  };
}
