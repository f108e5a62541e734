import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose';
import type { JsonObject } from '../../../src/kernel/json.ts';

/** Whose tokens the gateway takes, and how the server of its keys behaves. */
export const issuerNames = ['ours', 'theirs', 'away', 'slow', 'endless', 'turning'] as const;
export type IssuerName = (typeof issuerNames)[number];

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

const SECOND_MS = 1_000;
/** Of each piece of an answer that does not end. */
const PIECE_BYTES = 64 * 1024;
/** The one key of each issuer has the same name everywhere. */
const KEY_ID = 'k1';

/** Authorization servers of somebody else, on one port, each with a key of its own. */
export class EvilIssuer implements AsyncDisposable {
  /** How often the keys of each were asked for. */
  readonly asked = new Map<string, number>();
  /** Whether none of them answers any more. */
  isAway = false;
  readonly #keys = new Map<IssuerName, KeyPair>();
  readonly #public = new Map<string, JWK>();
  readonly #server: Server;

  private constructor() {
    this.#server = createServer(({ url = '' }, response) => {
      const name = url.split('/')[1] ?? '';
      this.asked.set(name, (this.asked.get(name) ?? 0) + 1);
      this.#answer(name, response);
    });
  }

  static async start(): Promise<EvilIssuer> {
    const issuer = new EvilIssuer();
    for (const name of issuerNames) {
      const pair = await generateKeyPair('ES256', { extractable: true });
      issuer.#keys.set(name, pair);
      issuer.#public.set(name, { ...(await exportJWK(pair.publicKey)), alg: 'ES256' });
    }
    issuer.#server.listen(0, '127.0.0.1');
    await once(issuer.#server, 'listening');
    return issuer;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** As its tokens name it. */
  issuerOf(name: IssuerName): string {
    return `http://127.0.0.1:${this.port}/${name}`;
  }

  /** What the gateway is told of them; `theirs` is good in the tenant `other`. */
  config(): readonly JsonObject[] {
    return issuerNames.map((name) => ({
      issuer: this.issuerOf(name),
      jwksUrl: `${this.issuerOf(name)}/keys`,
      tenant: name === 'theirs' ? 'other' : 'default',
      rolesClaim: 'roles',
      roles: { staff: ['developer'] },
      scopes: 'ignore',
    }));
  }

  /** A token of an issuer; `claims` replace those it would have, undefined removes one. */
  sign(name: IssuerName, claims: JWTPayload, keyId = KEY_ID): Promise<string> {
    const pair = this.#keys.get(name);
    if (pair === undefined) throw new Error('There is no such issuer');
    const now = Math.floor(Date.now() / SECOND_MS);
    const usual = { iss: this.issuerOf(name), sub: 'subject', roles: ['staff'] };
    // In the order of the claims that are given, for tokens that begin alike.
    return new SignJWT({ ...claims, ...usual, iat: now, exp: now + 300, ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: keyId })
      .sign(pair.privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(name: string, response: ServerResponse): void {
    if (this.isAway || name === 'away') response.destroy();
    else if (name === 'endless') pourInto(response);
    else if (name !== 'slow') {
      const kid = name === 'turning' ? `turn-${this.asked.get(name) ?? 0}` : KEY_ID;
      const keys = [{ ...this.#public.get(name), kid }];
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ keys }));
    }
  }
}

/** An object whose first member has no end. */
function pourInto(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' }).write('{"keys":["');
  const write = (): void => {
    while (!response.destroyed && response.write('x'.repeat(PIECE_BYTES)));
  };
  response.on('drain', () => setImmediate(write));
  response.on('error', () => {});
  write();
}
