import { objectMember, type JsonObject } from '../../../src/kernel/json.ts';
import { textOf, type Client } from './client.ts';

/** A second tenant with its owner. */
export interface OtherTenant {
  readonly id: string;
  readonly key: string;
  readonly keyId: string;
}

/** Makes another tenant as the operator's owner does; throws when the gateway refuses. */
export async function addTenant(
  client: Client,
  operator: string,
  name = 'other',
): Promise<OtherTenant> {
  const body = { name, owner: { login: name } };
  const made = await client.send('POST', '/api/v1/tenants', { key: operator, body });
  if (made.status !== 201) throw new Error(`No tenant: ${made.status} ${made.text}`);
  const key = textOf(made.json, 'apiKey');
  const { json } = await client.send('GET', '/api/v1/keys', { key });
  const [first] = json['keys'] as readonly JsonObject[];
  return { id: textOf(objectMember(made.json, 'tenant'), 'id'), key, keyId: textOf(first, 'id') };
}
