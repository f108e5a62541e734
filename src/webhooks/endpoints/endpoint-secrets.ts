import { randomBytes } from 'node:crypto';
import { GatewayError } from '../../kernel/errors.ts';
import type { TenantId } from '../../kernel/principal.ts';
import { webhookSecret } from '../sending/sign-webhook.ts';
import { WEBHOOK_OWNER, type SecretName } from '../store.ts';

/** A row of the vault. */
export interface SecretRow {
  readonly tenant: TenantId;
  readonly owner: string;
  readonly serviceId: string;
  readonly name: string;
}

/** Where secrets are sealed and read; the vault has it. */
export interface SecretVault {
  seal(row: SecretRow, text: string): Promise<string>;
  /** Undefined when there is none. */
  read(row: SecretRow): Promise<string | undefined>;
}

const SECRET_BYTES = 32;

/** Makes a secret that was never used before. */
export function makeSecret(): string {
  return webhookSecret(randomBytes(SECRET_BYTES));
}

/** The vault's row of an endpoint's secret. */
export function secretRowOf(tenant: TenantId, endpointId: string, name: SecretName): SecretRow {
  return { tenant, owner: WEBHOOK_OWNER, serviceId: endpointId, name };
}

/** What signs the messages to an endpoint now, the newest first. */
export async function readSecrets(
  vault: Pick<SecretVault, 'read'>,
  tenant: TenantId,
  endpointId: string,
  isRotating: boolean,
): Promise<readonly string[]> {
  const current = await vault.read(secretRowOf(tenant, endpointId, 'current'));
  if (current === undefined) throw new GatewayError('internal', 'A webhook has no secret.');
  if (!isRotating) return [current];
  const previous = await vault.read(secretRowOf(tenant, endpointId, 'previous'));
  return previous === undefined ? [current] : [current, previous];
}
