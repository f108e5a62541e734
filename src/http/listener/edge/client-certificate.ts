import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { writeCertificate } from '../../../identity/certificates/certificate-text.ts';

/** Where the edge leaves the credential of a certificate; no header a client sends can set it. */
const CERTIFICATE = Symbol('client certificate');

const NAMES_MAX = 16;

interface Certified {
  [CERTIFICATE]?: string;
}

/**
 * Leaves the credential of a request's client certificate with its headers, once the handshake has
 * found the certificate good; the credential is made once a connection.
 */
export function noteCertificate({ socket, headers }: IncomingMessage): void {
  if ((socket as Partial<TLSSocket>).authorized !== true) return;
  const known = socket as TLSSocket & Certified;
  const credential = (known[CERTIFICATE] ??= credentialOf(known) ?? '');
  if (credential !== '') (headers as Certified)[CERTIFICATE] = credential;
}

/** The credential beside headers, as part of other headers; none when there is none. */
export function certificateOf(headers: IncomingHttpHeaders | undefined): IncomingHttpHeaders {
  const credential = certificateCredential(headers);
  return credential === undefined ? {} : { [CERTIFICATE]: credential };
}

/** The credential of the certificate that came with these headers. */
export function certificateCredential(headers: IncomingHttpHeaders | undefined) {
  return (headers as Certified | undefined)?.[CERTIFICATE];
}

function credentialOf(socket: TLSSocket): string | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  const fingerprint = certificate.fingerprint256.replaceAll(':', '').toLowerCase();
  return writeCertificate({ fingerprint, names: alternativeNames(certificate.subjectAltName) });
}

/**
 * The names of `subjectAltName` as Node writes it: separated by commas, one with unusual characters
 * as a JSON text. A name that cannot be read without doubt is left out.
 */
export function alternativeNames(text: string | undefined): readonly string[] {
  const names: string[] = [];
  for (const [, kind, quoted, plain] of (text ?? '').matchAll(
    /(?:^|, )(DNS|URI|email|IP Address):(?:("(?:[^"\\]|\\.)*")|([^",]*))(?=, |$)/g,
  )) {
    if (quoted !== undefined || plain === undefined || plain === '') continue;
    names.push(`${kind}:${plain}`);
    if (names.length === NAMES_MAX) break;
  }
  return names;
}
