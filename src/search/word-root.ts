/**
 * What a word has in common with others that are made of it, cut more boldly than a stem is:
 * "create", "creation", "creator" have one root. Words that share a root stand for one another for
 * less than words that share a stem.
 */
export function wordRoot(word: string): string {
  if (word.length <= 3 || !/^[a-z]+$/.test(word)) return word;
  const single = withoutPlural(word);
  const ended = /^(.{3,}?)(?:ings?|ions?|ors?|ers?|ees?|ery|ory|ed)$/.exec(single)?.[1];
  const base = ended !== undefined && /[aeiouy]/.test(ended) ? ended : single;
  const undoubled = base.length > 4 ? base.replace(/([bdgmnprt])\1$/, '$1') : base;
  return undoubled.length > 3 ? undoubled.replace(/(?:e|y|i)$/, '') : undoubled;
}

function withoutPlural(word: string): string {
  if (word.endsWith('ies') && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ss|sh|ch|x|z)es$/.test(word)) return word.slice(0, -2);
  return word.endsWith('s') && !/(?:ss|us|is)$/.test(word) ? word.slice(0, -1) : word;
}
