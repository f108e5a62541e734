import type { Json } from '../../../src/kernel/json.ts';
import { multiByte } from './multi-byte.ts';
import { call, get, getText, put, type Scenario, type Suite } from './scenario.ts';

const mbcs =
  `${multiByte}ˊ〞〡￤℡㈱‐ー﹡﹢﹫、〓ⅰⅹ⒈€㈠㈩ⅠⅫ！` +
  '￣ぁんァヶΑ︴АЯаяāɡㄅㄩ─╋︵﹄︻︱︳︴ⅰⅹɑ\uE7C7ɡ〇〾⿻⺁\uE843䜣\uE864€';
const spaced = '    Now is the time for all good men to come to the aid of their country    ';
const encodedUrl = 'YSBzdHJpbmcgdGhhdCBnZXRzIGVuY29kZWQgd2l0aCBiYXNlNjR1cmw';
const encoded = 'YSBzdHJpbmcgdGhhdCBnZXRzIGVuY29kZWQgd2l0aCBiYXNlNjQ=';
const nonAscii = Buffer.from([255, 254, 253, 252, 251, 250, 249, 248, 247, 246]).toString('base64');

const booleans: readonly Scenario[] = [
  get('bool_getTrue', 'getBoolTrue', true),
  put('bool_putTrue', 'putBoolTrue', true),
  get('bool_getFalse', 'getBoolFalse', false),
  put('bool_putFalse', 'putBoolFalse', false),
  call('bool_getNull', 'getBoolNull'),
  getText('bool_getInvalid', 'getBoolInvalid', 'true1'),
];

const strings: readonly Scenario[] = [
  call('string_getNull', 'getStringNull'),
  call('string_putNull', 'putStringNull'),
  get('string_getEmpty', 'getStringEmpty', ''),
  put('string_putEmpty', 'putStringEmpty', ''),
  get('string_getMbcs', 'getStringMultiByteCharacters', mbcs),
  put('string_putMbcs', 'putStringMultiByteCharacters', mbcs),
  get('string_getWhitespace', 'getStringWithLeadingAndTrailingWhitespace', spaced),
  put('string_putWhitespace', 'putStringWithLeadingAndTrailingWhitespace', spaced),
  call('string_getNotProvided', 'getStringNotProvided'),
  get('string_getBase64Encoded', 'getStringBase64Encoded', encoded),
  get('string_getBase64UrlEncoded', 'getStringBase64UrlEncoded', encodedUrl),
  put('string_putBase64UrlEncoded', 'putStringBase64UrlEncoded', encodedUrl),
  call('string_getNullBase64UrlEncoded', 'getStringNullBase64UrlEncoding'),
  get('enum_getNotExpandable', 'getEnumNotExpandable', 'red color'),
  put('enum_putNotExpandable', 'putEnumNotExpandable', 'red color'),
  get('enum_getReferenced', 'getEnumReferenced', 'red color'),
  put('enum_putReferenced', 'putEnumReferenced', 'red color'),
  get('enum_getReferencedConstant', 'getEnumReferencedConstant', { field1: 'Sample String' }),
  put('enum_putReferencedConstant', 'putEnumReferencedConstant', { ColorConstant: 'green-color' }),
];

/** The digits that a double cannot hold arrive as text, and go out as they were given. */
const integers: readonly Scenario[] = [
  call('int_getNull', 'getIntegerNull'),
  getText('int_getInvalid', 'getIntegerInvalid', '123jkl'),
  get('int_getOverflowInt32', 'getIntegerOverflow', 2_147_483_656),
  get('int_getUnderflowInt32', 'getIntegerUnderflow', -2_147_483_656),
  get('int_getOverflowInt64', 'getLongOverflow', '9223372036854775910'),
  get('int_getUnderflowInt64', 'getLongUnderflow', '-9223372036854775910'),
  put('int_putMax32', 'putIntegerMax', 2_147_483_647),
  put('int_putMin32', 'putIntegerMin', -2_147_483_648),
  call('int_putMax64', 'putLongMax', '{"body":9223372036854775807}'),
  call('int_putMin64', 'putLongMin', '{"body":-9223372036854775808}'),
  put('int_putMax64', 'putLongMax', '9223372036854775807'),
  put('int_putMin64', 'putLongMin', '-9223372036854775808'),
  get('int_getUnixTime', 'getUnixTime', 1_460_505_600),
  put('int_putUnixTimeDate', 'putUnixTime', 1_460_505_600),
  getText('int_getInvalidUnixTime', 'getInvalidUnixTime', '123jkl'),
  call('int_getNullUnixTime', 'getNullUnixTime'),
];

/** [operation, scenario, number], each read and sent. */
const numberRows: readonly (readonly [string, string, number])[] = [
  ['BigFloat', 'FloatBigScientificNotation', 3.402823e20],
  ['SmallFloat', 'FloatSmallScientificNotation', 3.402823e-20],
  ['BigDouble', 'DoubleBigScientificNotation', 2.5976931e101],
  ['SmallDouble', 'DoubleSmallScientificNotation', 2.5976931e-101],
  ['BigDoublePositiveDecimal', 'DoubleBigPositiveDecimal', 99_999_999.99],
  ['BigDoubleNegativeDecimal', 'DoubleBigNegativeDecimal', -99_999_999.99],
  ['BigDecimal', 'DecimalBig', 2.5976931e101],
  ['SmallDecimal', 'DecimalSmall', 2.5976931e-101],
  ['BigDecimalPositiveDecimal', 'DecimalBigPositiveDecimal', 99_999_999.99],
  ['BigDecimalNegativeDecimal', 'DecimalBigNegativeDecimal', -99_999_999.99],
];

const quirkNumbers: readonly Scenario[] = [
  call('number_getNull', 'getNumberNull'),
  getText('number_getInvalidFloat', 'getFloatInvalid', '2147483656.090096789909j'),
  getText('number_getInvalidDouble', 'getDoubleInvalid', '9223372036854775910.980089k'),
  ...numberRows.flatMap(([operation, scenario, value]) => [
    get(`number_get${operation}`, `get${scenario}`, value),
    put(`number_put${operation}`, `put${scenario}`, value),
  ]),
];

const numbers: readonly Scenario[] = [
  ...quirkNumbers,
  getText('number_getInvalidDecimal', 'getDecimalInvalid', '9223372036854775910.980089k'),
];

/** Whole bodies that are one boolean, string or number. */
export const valueSuites: readonly Suite[] = [
  { document: 'body-boolean', counts: /^(get|put)Bool/, scenarios: booleans },
  { document: 'body-boolean.quirks', counts: /^(get|put)Bool/, scenarios: booleans },
  { document: 'body-string', counts: /^(get|put)(String|Enum)/, scenarios: strings },
  { document: 'body-string.quirks', counts: /^(get|put)(String|Enum)/, scenarios: strings },
  {
    document: 'body-integer',
    counts: /^(get|put)(Integer|Long|(Invalid|Null)?UnixTime)/,
    scenarios: integers,
  },
  {
    document: 'body-number',
    counts: /^(get|put)(Number|Float|Double|Decimal)/,
    scenarios: numbers,
  },
  {
    document: 'body-number.quirks',
    counts: /^(get|put)(Number|Float|Double|Decimal(?!Invalid))/,
    scenarios: quirkNumbers,
  },
  {
    document: 'body-byte',
    counts: /^(get|put)Byte/,
    scenarios: [
      call('byte_getNull', 'getByteNull'),
      get('byte_getEmpty', 'getByteEmpty', ''),
      get('byte_getNonAscii', 'getByteNonAscii', nonAscii),
      put('byte_putNonAscii', 'putByteNonAscii', nonAscii),
      get('byte_getInvalid', 'getByteInvalid', '::::SWAGGER::::' satisfies Json),
    ],
  },
];
