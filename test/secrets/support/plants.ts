import { randomBytes } from 'node:crypto';

/** A secret that the gateway was given or gave out, and what it is. */
export interface Plant {
  readonly kind: string;
  readonly text: string;
  /** Where it is shown on purpose, to who may see it. */
  readonly shownAt?: RegExp;
}

/** Every secret of a test, and the forms in which it could leak. */
export class Plants {
  readonly all: Plant[] = [];

  /** A text that is nowhere else. */
  make(kind: string, shownAt?: RegExp): string {
    return this.add(kind, `CANARY-${randomBytes(12).toString('hex')}`, shownAt);
  }

  /** Keeps a secret that was made elsewhere; returns it. */
  add(kind: string, text: string, shownAt?: RegExp): string {
    if (text.length < 8) throw new Error(`${kind}: ${JSON.stringify(text)} is found by chance`);
    this.all.push({ kind, text, ...(shownAt === undefined ? {} : { shownAt }) });
    return text;
  }

  kinds(): ReadonlySet<string> {
    return new Set(this.all.map(({ kind }) => kind));
  }

  /** What is in a text that must not be: where it is and what it is. */
  leaks(where: string, text: string | Buffer): readonly string[] {
    const bytes = Buffer.isBuffer(text) ? text : Buffer.from(text);
    return this.all
      .filter(({ shownAt }) => shownAt?.test(where) !== true)
      .filter((plant) => formsOf(plant.text).some((form) => bytes.includes(form)))
      .map(({ kind }) => `${where} shows the ${kind}`);
  }
}

/** A secret as it is, and as it stands in dumps, headers, addresses and printed buffers. */
function formsOf(secret: string): readonly (string | Buffer)[] {
  const bytes = Buffer.from(secret);
  const forms: (string | Buffer)[] = [secret, bytes.toString('hex'), [...bytes].join(',')];
  const escaped = encodeURIComponent(secret);
  if (escaped !== secret) forms.push(escaped);
  // Base64 of a longer text that has it in the middle: it begins at one of three places.
  for (const before of [0, 1, 2]) {
    const padded = Buffer.concat([Buffer.alloc(before), bytes]).toString('base64');
    forms.push(padded.slice(before === 0 ? 0 : 4, -4));
  }
  // A key that is given in base64 is held as its bytes.
  const decoded = Buffer.from(secret, 'base64');
  if (decoded.length === 32 && decoded.toString('base64') === secret) {
    forms.push(decoded, decoded.toString('hex'), [...decoded].join(','));
    forms.push(decoded.toString('base64url'));
  }
  return forms;
}
