import { piiTypes, type PiiType } from '../guard-rule.ts';
import { isLuhn, isMod97 } from './checksums.ts';
import type { Finding } from './finding.ts';
import { nationalIds } from './national-ids.ts';

/** How far before a bare number a word may stand that says what it is. */
const WORD_CHARACTERS = 48;

const EMAIL = new RegExp(
  String.raw`(?<![\w.%+-])[A-Za-z0-9_%+-][\w.%+-]{0,63}` +
    String.raw`@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![\w-])`,
  'g',
);
const PHONE = /(?<![\w+])\+[1-9](?:[ ().-]{0,2}\d){6,14}(?!\w)/g;
const CARD = /(?<![\w.-])\d(?:[ -]?\d){11,18}(?![\w-])/g;
/** Issuers' prefixes and the lengths of their numbers. */
const CARD_ISSUERS = new RegExp(
  String.raw`^(?:4\d{12}(?:\d{3}){0,2}|(?:5[1-5]|2[2-7])\d{14}|3[47]\d{13}|62\d{14,17}` +
    String.raw`|(?:6011|65\d\d|64[4-9]\d)\d{12}|35\d{14}|3(?:0[0-5]|[68]\d)\d{11})$`,
);
const IBAN = /(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?(?!\w)/g;
/** Lengths by country (ISO 13616 registry). */
const IBAN_LENGTHS: Readonly<Record<string, number>> = Object.fromEntries(
  (
    'AD24 AE23 AL28 AT20 AZ28 BA20 BE16 BG22 BH22 BR29 BY28 CH21 CR22 CY28 CZ24 DE22 DK18 DO28 ' +
    'EE20 EG29 ES24 FI18 FO18 FR27 GB22 GE22 GI23 GL18 GR27 GT28 HR21 HU28 IE22 IL23 IQ23 IS26 ' +
    'IT27 JO30 KW30 KZ20 LB28 LC32 LI21 LT20 LU20 LV21 LY25 MC27 MD24 ME22 MK19 MR27 MT31 MU30 ' +
    'NL18 NO15 PK24 PL28 PS29 PT25 QA29 RO24 RS22 SA24 SC31 SE24 SI19 SK24 SM27 ST25 SV28 TL23 ' +
    'TN24 TR26 UA29 VA22 VG24 XK20'
  )
    .split(' ')
    .map((one) => [one.slice(0, 2), Number(one.slice(2))]),
);

const finders: Readonly<Record<PiiType, (text: string) => readonly Finding[]>> = {
  email: (text) => found(text, 'email', EMAIL, () => true),
  phone: (text) =>
    found(text, 'phone', PHONE, (one) => /^\+\d{8,15}$/.test(one.replace(/[ ().-]/g, ''))),
  credit_card: (text) =>
    found(text, 'credit_card', CARD, (one) => {
      const digits = one.replace(/[ -]/g, '');
      return CARD_ISSUERS.test(digits) && isLuhn(digits);
    }),
  iban: findIbans,
  national_id: (text) =>
    nationalIds.flatMap(({ pattern, words, isValid }) =>
      found(text, 'national_id', pattern, (one, at) => {
        const before = text.slice(Math.max(0, at - WORD_CHARACTERS), at);
        return (words === undefined || words.test(before)) && isValid(one.replace(/[ .-]/g, ''));
      }),
    ),
};

/** Finds personal data of these types; none given means all. */
export function findPii(text: string, types: readonly PiiType[] = piiTypes): readonly Finding[] {
  return types.flatMap((type) => finders[type](text));
}

function found(
  text: string,
  type: PiiType,
  pattern: RegExp,
  isOne: (match: string, at: number) => boolean,
): readonly Finding[] {
  return [...text.matchAll(pattern)].flatMap(({ 0: match, index }) =>
    isOne(match, index) ? [{ start: index, end: index + match.length, type }] : [],
  );
}

/** What follows an IBAN may look like more of it: the country says where it ends. */
function findIbans(text: string): readonly Finding[] {
  return [...text.matchAll(IBAN)].flatMap(({ 0: match, index }) => {
    const length = IBAN_LENGTHS[match.slice(0, 2)];
    if (length === undefined) return [];
    let end = 0;
    for (let kept = 0; end < match.length && kept < length; end++) if (match[end] !== ' ') kept++;
    const compact = match.slice(0, end).replaceAll(' ', '');
    const isOne = compact.length === length && isMod97(compact.slice(4) + compact.slice(0, 4));
    return isOne ? [{ start: index, end: index + end, type: 'iban' }] : [];
  });
}
