import { hiddenCharacters } from './text-hazards.ts';

/** Letters of other scripts that look like a Latin one (Unicode TR 39, the common ones). */
const LOOKALIKES: ReadonlyMap<string, string> = new Map([
  ...pairs('аԁеһіјӏорсԛѕԝхуАВЕКМНОРСТХУІЈЅ', 'adehijlopcqswxyABEKMHOPCTXYIJS'),
  ...pairs('ανορυχιΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'avopuxiABEZHIKMNOPTYX'),
  ...pairs('օսհոցᴀᴄᴇᴏᴜɑɡıℓ', 'ouhngaceouagil'),
]);

/** Runs of ASCII that look like others in most typefaces (Unicode TR 39 in lower case). */
const ASCII_LOOKALIKES: readonly (readonly [RegExp, string])[] = [
  [/0/g, 'o'],
  [/1/g, 'l'],
  [/rn/g, 'm'],
];

function pairs(from: string, to: string): readonly (readonly [string, string])[] {
  const latin = Array.from(to);
  return Array.from(from, (letter, index) => [letter, latin[index] ?? letter] as const);
}

/** What a name looks like to a person: equal for names that are easily taken for each other. */
export function skeletonOf(name: string): string {
  const plain = name.normalize('NFKC').replace(/\p{M}/gu, '');
  return Array.from(plain, (letter) => LOOKALIKES.get(letter) ?? letter).join('');
}

/** The same for slugs, which are ASCII in lower case. */
export function slugSkeleton(slug: string): string {
  return ASCII_LOOKALIKES.reduce((text, [run, one]) => text.replace(run, one), slug);
}

const SCRIPTS: readonly RegExp[] = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Coptic}/u,
];

/** Why a tool's name cannot be trusted to be what it looks like; undefined for a good one. */
export function nameProblem(name: string): string | undefined {
  const hidden = hiddenCharacters(name);
  if (hidden.length > 0) return `holds characters nobody sees: ${hidden.join(' ')}`;
  if (/[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]/u.test(name)) {
    return 'holds control characters or such that are no text';
  }
  if (SCRIPTS.filter((script) => script.test(name)).length > 1) return 'mixes scripts';
  const skeleton = skeletonOf(name);
  // Umlauts and the like stay: only what turned into plain ASCII by looks pretends to be it.
  const isAscii = /^[\x20-\x7E]+$/.test(skeleton);
  const isOther = !/^[\x20-\x7E\p{Script=Latin}]+$/u.test(name) || name !== name.normalize('NFKC');
  if (isAscii && isOther && skeleton !== name) return `is written to look like ${skeleton}`;
  return undefined;
}
