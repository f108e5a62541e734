import { fillSecrets } from '../../upstream/fill-secrets.ts';

/** Variables of the gateway's own environment that a child may see; none of them is a secret. */
const passedOn: readonly string[] = [
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'LC_ALL',
  'LC_CTYPE',
  'TZ',
  'TMPDIR',
  'NODE_EXTRA_CA_CERTS',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
];

/** A child's environment: what is passed on from the host, then what the service configures. */
export async function childEnvironment(
  host: Readonly<Record<string, string | undefined>>,
  configured: Readonly<Record<string, string>>,
  secret: (name: string) => Promise<string>,
): Promise<Record<string, string>> {
  const environment: Record<string, string> = {};
  for (const name of passedOn) {
    const value = host[name];
    if (value !== undefined) environment[name] = value;
  }
  for (const [name, value] of Object.entries(configured)) {
    environment[name] = await fillSecrets(value, secret);
  }
  return environment;
}
