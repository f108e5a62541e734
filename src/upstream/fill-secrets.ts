const SECRET = /\$\{([A-Za-z0-9_.-]+)\}/g;

/** The text with every `${NAME}` replaced by the secret of that name. */
export async function fillSecrets(
  text: string,
  secret: (name: string) => Promise<string>,
): Promise<string> {
  let filled = '';
  let end = 0;
  for (const match of text.matchAll(SECRET)) {
    filled += text.slice(end, match.index) + (await secret(match[1] as string));
    end = match.index + match[0].length;
  }
  return filled + text.slice(end);
}
