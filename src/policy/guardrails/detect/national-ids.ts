import { isMod1110, remainder, weighted } from './checksums.ts';

/** A country's number for its people. */
export interface NationalId {
  readonly country: string;
  /** Finds candidates; bounded in length, so that no text makes it slow. */
  readonly pattern: RegExp;
  /** Words of which one stands before a bare number; absent where the form alone tells. */
  readonly words?: RegExp;
  /** Whether the number without separators is one. */
  isValid(text: string): boolean;
}

const DNI_LETTERS = 'TRWAGMYFPDXBNJZSQVHLCKE';

/** Numbers with check digits; those without any would name every number a person. */
export const nationalIds: readonly NationalId[] = [
  {
    country: 'ES',
    pattern: /(?<![\w-])(?:\d{8}|[XYZ]\d{7})-?[A-HJ-NP-TV-Z](?![\w-])/g,
    isValid: (text) => {
      const digits = text.slice(0, -1).replace(/^[XYZ]/, (one) => String('XYZ'.indexOf(one)));
      return DNI_LETTERS[Number(digits) % 23] === text.at(-1);
    },
  },
  {
    country: 'IT',
    pattern: /(?<!\w)[A-Z]{6}\d{2}[ABCDEHLMPRST]\d{2}[A-Z]\d{3}[A-Z](?!\w)/g,
    isValid: (text) => fiscalLetter(text.slice(0, 15)) === text.at(-1),
  },
  {
    country: 'FR',
    pattern:
      /(?<!\w)[12] ?\d{2} ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d{2}|2[AB]) ?\d{3} ?\d{3} ?\d{2}(?!\w)/g,
    isValid: (text) => {
      const body = text.slice(0, 13).replace('2A', '19').replace('2B', '18');
      return 97 - remainder(body, 97) === Number(text.slice(13));
    },
  },
  {
    country: 'BR',
    pattern: /(?<![\w.-])\d{3}\.\d{3}\.\d{3}-\d{2}(?![\w-])/g,
    isValid: (text) => !/^(\d)\1+$/.test(text) && isCpf(text),
  },
  {
    country: 'DE',
    pattern: /(?<!\w)[1-9]\d(?: ?\d{3}){3}(?!\w)/g,
    words: /\b(?:steuer|tax|idnr|tin)/i,
    isValid: isMod1110,
  },
  {
    country: 'NL',
    pattern: /(?<!\w)\d{9}(?!\w)/g,
    words: /\b(?:bsn|burgerservice|sofi)/i,
    isValid: (text) =>
      text !== '000000000' && weighted(text, [9, 8, 7, 6, 5, 4, 3, 2, -1]) % 11 === 0,
  },
  {
    country: 'PL',
    pattern: /(?<!\w)\d{11}(?!\w)/g,
    words: /\bpesel/i,
    isValid: (text) => {
      const sum = weighted(text, [1, 3, 7, 9, 1, 3, 7, 9, 1, 3]);
      return (10 - (sum % 10)) % 10 === Number(text[10]);
    },
  },
  {
    country: 'GB',
    pattern: /(?<!\w)\d{3} ?\d{3} ?\d{4}(?!\w)/g,
    words: /\bnhs/i,
    isValid: (text) => {
      const check = 11 - (weighted(text, [10, 9, 8, 7, 6, 5, 4, 3, 2]) % 11);
      return check !== 10 && (check === 11 ? 0 : check) === Number(text[9]);
    },
  },
  {
    country: 'BE',
    pattern: /(?<![\w.-])\d{2}[.-]\d{2}[.-]\d{2}[.-]\d{3}[.-]\d{2}(?![\w-])/g,
    isValid: (text) => {
      const check = Number(text.slice(9));
      const body = text.slice(0, 9);
      return [body, `2${body}`].some((one) => 97 - remainder(one, 97) === check);
    },
  },
];

function isCpf(text: string): boolean {
  const digit = (length: number): number => {
    const weights = Array.from({ length }, (_, index) => length + 1 - index);
    return ((weighted(text, weights) * 10) % 11) % 10;
  };
  return digit(9) === Number(text[9]) && digit(10) === Number(text[10]);
}

/** Values of characters at odd places (Decreto MEF 23 December 1976, table 2). */
const ODD = [
  1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
];

function fiscalLetter(body: string): string {
  let sum = 0;
  for (const [index, one] of Array.from(body).entries()) {
    const value = /\d/.test(one) ? Number(one) : one.charCodeAt(0) - 65;
    sum += index % 2 === 0 ? (ODD[value] ?? 0) : value;
  }
  return String.fromCharCode(65 + (sum % 26));
}
