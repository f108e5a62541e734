import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate that a test made, with its key, both PEM. */
export interface MadeCertificate {
  readonly cert: string;
  readonly key: string;
  readonly name: string;
  readonly privateKey: KeyObject;
}

/** What a test wants of a certificate. */
export interface CertificateWish {
  readonly name: string;
  /** Who vouches for it; itself when absent. */
  readonly issuer?: MadeCertificate;
  /** Whether it may vouch for others. */
  readonly isAuthority?: boolean;
  readonly dnsNames?: readonly string[];
  readonly uris?: readonly string[];
}

const DAY_MS = 86_400_000;

/** Makes a certificate that is good for a day (X.509 v3 in DER, RFC 5280 §4.1). */
export function makeCertificate(wish: CertificateWish): MadeCertificate {
  const { name, issuer, isAuthority = false, dnsNames = [], uris = [] } = wish;
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const names = [
    ...dnsNames.map((one) => der(0x82, Buffer.from(one))),
    ...uris.map((one) => der(0x86, Buffer.from(one))),
  ];
  const extensions = [
    sequence(
      oid('2.5.29.19'),
      der(0x01, Buffer.from([0xff])),
      der(0x04, sequence(...(isAuthority ? [der(0x01, Buffer.from([0xff]))] : []))),
    ),
    ...(names.length === 0 ? [] : [sequence(oid('2.5.29.17'), der(0x04, sequence(...names)))]),
  ];
  const now = Date.now();
  const toSign = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    algorithm,
    distinguished(issuer?.name ?? name),
    sequence(time(now - DAY_MS), time(now + DAY_MS)),
    distinguished(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', toSign, issuer?.privateKey ?? privateKey);
  const whole = sequence(
    toSign,
    algorithm,
    der(0x03, Buffer.concat([Buffer.from([0]), signature])),
  );
  const lines = (whole.toString('base64').match(/.{1,64}/g) ?? []).join('\n');
  return {
    name,
    privateKey,
    cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), content]);
  const bytes = Buffer.from(length.toString(16).padStart(length > 0xff ? 4 : 2, '0'), 'hex');
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length]), bytes, content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts));
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return der(0x06, Buffer.from(bytes));
}

function distinguished(name: string): Buffer {
  return sequence(der(0x31, sequence(oid('2.5.4.3'), der(0x0c, Buffer.from(name)))));
}

function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replaceAll(/\D/g, '').slice(0, 14);
  return der(0x18, Buffer.from(`${digits}Z`));
}
