import { GatewayError } from '../../kernel/errors.ts';
import type { Seal } from '../../kernel/seal.ts';
import type { SsoConnection } from './store.ts';

type Row = Pick<SsoConnection, 'tenant' | 'id'>;

/** Seals the client secret of a connection; it opens for no other. */
export function sealSecret(seal: Seal, secret: string, row: Row): string {
  return seal.seal(secret, contextOf(row));
}

/** The client secret of a connection. Throws `internal` when no key of the ring opens it. */
export function openSecret(seal: Seal, connection: SsoConnection): string {
  const secret = seal.open(connection.secretSealed, contextOf(connection));
  if (secret === undefined) throw new GatewayError('internal');
  return secret;
}

function contextOf({ tenant, id }: Row): string {
  return `${tenant} ${id}`;
}
