const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]{0,63})\}/g;

/** The text with every `${NAME}` replaced by the service's secret of that name. */
export async function fillSecrets(
  text: string,
  secret: (name: string) => Promise<string>,
): Promise<string> {
  let filled = '';
  let end = 0;
  for (const match of text.matchAll(REFERENCE)) {
    filled += text.slice(end, match.index) + (await secret(match[1] as string));
    end = match.index + match[0].length;
  }
  return filled + text.slice(end);
}

/** The same for every value of a record, such as headers; names are kept. */
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
