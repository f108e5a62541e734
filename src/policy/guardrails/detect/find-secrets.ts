import { lintSource } from '@secretlint/core';
import { creator } from '@secretlint/secretlint-rule-preset-recommend';
import type { Finding } from './finding.ts';

const config: Parameters<typeof lintSource>[0]['options']['config'] = {
  rules: [{ id: '@secretlint/secretlint-rule-preset-recommend', rule: creator, options: {} }],
};

/** A shorter piece of a finding is no secret but a word about it. */
const SECRET_CHARACTERS_MIN = 8;

/** Finds tokens, keys and connection strings by the forms that their issuers gave them. */
export async function findSecrets(text: string): Promise<readonly Finding[]> {
  const { messages } = await lintSource({
    source: { filePath: 'content.txt', content: text, contentType: 'text', ext: '.txt' },
    options: { config, noPhysicFilePath: true },
  });
  return messages.flatMap((message) => {
    if (message.type !== 'message') return [];
    const type = message.messageId.toLowerCase();
    const [start, end] = message.range;
    // A rule's range may begin at the name of the secret and so end before the secret does: where
    // the rule says what it found, that is looked for instead.
    const said = Object.values(message.data ?? {})
      .filter(
        (value): value is string =>
          typeof value === 'string' && value.length >= SECRET_CHARACTERS_MIN,
      )
      .flatMap((value) => occurrences(text, value, type));
    const isSaid = said.some((one) => one.start < end && one.end > start);
    return isSaid ? said : [{ start, end, type }, ...said];
  });
}

function occurrences(text: string, value: string, type: string): readonly Finding[] {
  const found: Finding[] = [];
  for (let at = text.indexOf(value); at !== -1; at = text.indexOf(value, at + value.length)) {
    found.push({ start: at, end: at + value.length, type });
  }
  return found;
}
