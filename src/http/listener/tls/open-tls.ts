import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import { createSecureContext } from 'node:tls';
import { GatewayError } from '../../../kernel/errors.ts';
import { limits } from '../../../kernel/limits.ts';
import type { Log } from '../../../kernel/log.ts';
import type { TlsListener } from '../server.ts';

/** How the port speaks TLS. */
export interface TlsSettings {
  /** PEM: the certificate, then those that lead to its authority. */
  readonly certFile: string;
  /** PEM: its private key, not encrypted. */
  readonly keyFile: string;
  /** PEM: the authorities whose client certificates are believed. */
  readonly clientCaFile?: string;
  readonly clientCertificates: 'off' | 'optional' | 'required';
}

interface Files {
  readonly cert: string;
  readonly key: string;
  readonly ca: string | undefined;
}

/**
 * Opens the listener of a port that speaks TLS 1.2 and 1.3. Its files are looked at again every
 * `lookMs`; new ones serve new connections, and open connections stay. Files that do not fit
 * together leave the old ones in use, with a line in the log. Throws GatewayError
 * `invalid_configuration` when the first ones do not.
 */
export function openTls(
  settings: TlsSettings,
  log: Log,
  lookMs: number = limits.certificateLookMs,
): TlsListener {
  let used = readFiles(settings);
  check(used);
  let refused: Files | undefined;
  let server: Server | undefined;
  const handshakes = new Set<Socket>();
  const look = (): void => {
    let found: Files | undefined;
    try {
      found = readFiles(settings);
      if (same(found, used) || (refused !== undefined && same(found, refused))) return;
      check(found);
      server?.setSecureContext(contextOf(found));
      used = found;
      refused = undefined;
      log.info(
        { validTo: new X509Certificate(found.cert).validTo },
        'the certificate was replaced',
      );
    } catch (error) {
      refused = found;
      const reason = error instanceof Error ? error.message : String(error);
      log.warn({ reason }, 'the new certificate cannot be used; the old one serves on');
    }
  };
  const timer = setInterval(look, lookMs);
  timer.unref();
  return {
    createServer: (options, listener) => {
      server = createServer(
        {
          ...options,
          ...contextOf(used),
          minVersion: 'TLSv1.2',
          ALPNProtocols: ['http/1.1'],
          handshakeTimeout: limits.tlsHandshakeMs,
          requestCert: settings.clientCertificates !== 'off',
          rejectUnauthorized: settings.clientCertificates === 'required',
        },
        listener,
      );
      server.on('connection', (socket: Socket) => {
        handshakes.add(socket);
        socket.once('close', () => handshakes.delete(socket));
      });
      return server;
    },
    cutHandshakes: () => {
      for (const socket of handshakes) socket.destroy();
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

function readFiles({ certFile, keyFile, clientCaFile }: TlsSettings): Files {
  return {
    cert: readPem('server.tls.certFile', certFile),
    key: readPem('server.tls.keyFile', keyFile),
    ca: clientCaFile === undefined ? undefined : readPem('server.tls.clientCaFile', clientCaFile),
  };
}

function readPem(key: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw wrong(`The file of "${key}", ${path}, cannot be read (${code}).`, cause);
  }
}

function check({ cert, key, ca }: Files): void {
  let fits: boolean;
  try {
    fits = new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
    if (fits) createSecureContext(contextOf({ cert, key, ca }));
  } catch (cause) {
    const text = '"server.tls" needs a certificate, its key and authorities in PEM form.';
    throw wrong(text, cause);
  }
  if (!fits) throw wrong('The key of "server.tls.keyFile" is not that of the certificate.');
}

function contextOf({ cert, key, ca }: Files): { cert: string; key: string; ca?: string } {
  return ca === undefined ? { cert, key } : { cert, key, ca };
}

const same = (one: Files, other: Files): boolean =>
  one.cert === other.cert && one.key === other.key && one.ca === other.ca;

function wrong(text: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_configuration', text, { cause });
}
