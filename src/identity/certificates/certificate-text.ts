import { isJsonObject, type Json } from '../../kernel/json.ts';

/** Begins the credential of a certificate: no header can carry this character. */
const PREFIX = '\0certificate:';

/** What a client certificate that the handshake found good says of its holder. */
export interface PresentedCertificate {
  /** SHA-256 over the certificate, hexadecimal in lower case. */
  readonly fingerprint: string;
  /** Its subject alternative names, each with its kind: `DNS:name`, `URI:spiffe://…`. */
  readonly names: readonly string[];
}

/** A certificate as the text by which admission knows it. */
export function writeCertificate({ fingerprint, names }: PresentedCertificate): string {
  return `${PREFIX}${JSON.stringify({ fingerprint, names })}`;
}

/** True for what `writeCertificate` made. */
export function isCertificateText(text: string): boolean {
  return text.startsWith(PREFIX);
}

/** Reads what `writeCertificate` made. Throws SyntaxError for anything else. */
export function readCertificate(text: string): PresentedCertificate {
  const value = JSON.parse(text.slice(PREFIX.length)) as Json;
  const { fingerprint, names } = isJsonObject(value) ? value : {};
  if (typeof fingerprint !== 'string' || !Array.isArray(names)) {
    throw new SyntaxError('not a certificate');
  }
  return { fingerprint, names: names.filter((name) => typeof name === 'string') };
}
