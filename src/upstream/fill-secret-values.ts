import { fillSecrets } from './fill-secrets.ts';

/** The record with the secrets of its values filled in; names are kept. */
export async function fillSecretValues(
  values: Readonly<Record<string, string>>,
  secret: (name: string) => Promise<string>,
): Promise<Record<string, string>> {
  const filled: Record<string, string> = {};
  for (const [name, value] of Object.entries(values)) {
    filled[name] = await fillSecrets(value, secret);
  }
  return filled;
}
