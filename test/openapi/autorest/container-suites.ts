import type { Json } from '../../../src/kernel/json.ts';
import { call, get, getText, put, type Scenario, type Suite } from './scenario.ts';

/** [operation, scenario, the values, whether they are also sent] */
type Row = readonly [operation: string, scenario: string, values: readonly Json[], sent?: 'put'];

const base64 = (...bytes: readonly number[]): string => Buffer.from(bytes).toString('base64');

/** Numbers of each width come in the same three ways. */
const numbers = (kind: string, short: string, valid: readonly Json[], word: string): Row[] => [
  [`${kind}Valid`, `${kind}Valid`, valid, 'put'],
  [`${short}InvalidNull`, `${kind}WithNull`, [valid[0] ?? 0, null, valid.at(-1) ?? 0]],
  [`${short}InvalidString`, `${kind}WithString`, [1, word, 0]],
];

/** Structures inside the container: none, some missing, some empty, all there. */
const structures = (kind: string, empty: Json, items: readonly [Json, Json, Json]): Row[] => [
  [`${kind}Empty`, `${kind}Empty`, []],
  [`${kind}ItemNull`, `${kind}ItemNull`, [items[0], null, items[2]]],
  [`${kind}ItemEmpty`, `${kind}ItemEmpty`, [items[0], empty, items[2]]],
  [`${kind}Valid`, `${kind}Valid`, items, 'put'],
];

const named = (from: number, ...words: readonly string[]): Json =>
  Object.fromEntries(words.map((word, at) => [String(from + at), word]));

/** What arrays and dictionaries have in common. */
const common: readonly Row[] = [
  ['BooleanTfft', 'BooleanValid', [true, false, false, true], 'put'],
  ['BooleanInvalidNull', 'BooleanWithNull', [true, null, false]],
  ['BooleanInvalidString', 'BooleanWithString', [true, 'boolean', false]],
  ['IntegerValid', 'IntegerValid', [1, -1, 3, 300], 'put'],
  ['IntInvalidNull', 'IntegerWithNull', [1, null, 0]],
  ['IntInvalidString', 'IntegerWithString', [1, 'integer', 0]],
  ['LongValid', 'LongValid', [1, -1, 3, 300], 'put'],
  ['LongInvalidNull', 'LongWithNull', [1, null, 0]],
  ['LongInvalidString', 'LongWithString', [1, 'integer', 0]],
  ...numbers('Float', 'Float', [0, -0.01, -1.2e20], 'number'),
  ...numbers('Double', 'Double', [0, -0.01, -1.2e20], 'number'),
  ['StringValid', 'StringValid', ['foo1', 'foo2', 'foo3'], 'put'],
  ['StringWithNull', 'StringWithNull', ['foo', null, 'foo2']],
  ['StringWithInvalid', 'StringWithNumber', ['foo', 123, 'foo2']],
  ['DateValid', 'DateValid', ['2000-12-01', '1980-01-02', '1492-10-12'], 'put'],
  ['DateInvalidNull', 'DateWithNull', ['2012-01-01', null, '1776-07-04']],
  ['DateInvalidChars', 'DateWithInvalidChars', ['2011-03-22', 'date']],
  [
    'DateTimeValid',
    'DateTimeValid',
    ['2000-12-01t00:00:01z', '1980-01-02T00:11:35+01:00', '1492-10-12T10:15:01-08:00'],
  ],
  ['DateTimeInvalidChars', 'DateTimeWithInvalidChars', ['2000-12-01t00:00:01z', 'date-time']],
  [
    'DateTimeRfc1123Valid',
    'DateTimeRfc1123Valid',
    [
      'Fri, 01 Dec 2000 00:00:01 GMT',
      'Wed, 02 Jan 1980 00:11:35 GMT',
      'Wed, 12 Oct 1492 10:15:01 GMT',
    ],
    'put',
  ],
  [
    'ByteValid',
    'ByteValid',
    [base64(255, 255, 255, 250), base64(1, 2, 3), base64(37, 41, 67)],
    'put',
  ],
  ['ByteInvalidNull', 'ByteWithNull', [base64(171, 172, 173), null]],
  [
    'Base64Url',
    'Base64Url',
    [
      'YSBzdHJpbmcgdGhhdCBnZXRzIGVuY29kZWQgd2l0aCBiYXNlNjR1cmw',
      'dGVzdCBzdHJpbmc',
      'TG9yZW0gaXBzdW0',
    ],
  ],
  ...structures('Complex', {}, [
    { integer: 1, string: '2' },
    { integer: 3, string: '4' },
    { integer: 5, string: '6' },
  ]),
  ...structures(
    'Array',
    [],
    [
      ['1', '2', '3'],
      ['4', '5', '6'],
      ['7', '8', '9'],
    ],
  ),
  ...structures('Dictionary', {}, [
    named(1, 'one', 'two', 'three'),
    named(4, 'four', 'five', 'six'),
    named(7, 'seven', 'eight', 'nine'),
  ]),
];

type Container = (values: readonly Json[]) => Json;

function scenariosOf(prefix: string, kind: string, container: Container): readonly Scenario[] {
  const structured = ['Complex', 'Array', 'Dictionary'];
  return [
    ...common.flatMap(([operation, scenario, values, sent]) => {
      const value = container(values);
      const read = get(`${prefix}_get${operation}`, `get${kind}${scenario}`, value);
      const write = put(`${prefix}_put${operation}`, `put${kind}${scenario}`, value);
      return sent === undefined ? [read] : [read, write];
    }),
    ...structured.map((inner) => call(`${prefix}_get${inner}Null`, `get${kind}${inner}Null`, {})),
    call(`${prefix}_getNull`, `get${kind}Null`),
    get(`${prefix}_getEmpty`, `get${kind}Empty`, container([])),
    put(`${prefix}_putEmpty`, `put${kind}Empty`, container([])),
  ];
}

const list: Container = (values) => values;
const dictionary: Container = (values) => Object.fromEntries(values.entries());

const uuids = [
  '6dcc7237-45fe-45c4-8a6b-3a8a3f625652',
  'd1399005-30f7-40d6-8da6-dd7c89ad34db',
  'f42f6aa1-a5bc-4ddf-907e-5f915de43205',
];
const foos = ['foo1', 'foo2', 'foo3'];
const longDuration = 'P123DT22H14M12.011S';

/** Whole bodies that are arrays or dictionaries. */
export const containerSuites: readonly Suite[] = [
  {
    document: 'body-array',
    counts: /^(get|put)Array/,
    scenarios: [
      ...scenariosOf('array', 'Array', list),
      getText('array_getInvalid', 'getArrayInvalid', '[1, 2, 3'),
      get('array_getEnumValid', 'getArrayEnumValid', foos),
      put('array_putEnumValid', 'putArrayEnumValid', foos),
      get('array_getStringEnumValid', 'getArrayStringEnumValid', foos),
      put('array_putStringEnumValid', 'putArrayStringEnumValid', foos),
      get('array_getUuidValid', 'getArrayUuidValid', uuids),
      put('array_putUuidValid', 'putArrayUuidValid', uuids),
      get('array_getUuidInvalidChars', 'getArrayUuidWithInvalidChars', [uuids[0] ?? '', 'foo']),
      put('array_putDateTimeValid', 'putArrayDateTimeValid', [
        '2000-12-01T00:00:01Z',
        '1980-01-02T00:11:35Z',
        '1492-10-12T10:15:01Z',
      ]),
      get('array_getDateTimeInvalidNull', 'getArrayDateTimeWithNull', [
        '2000-12-01T00:00:01.000Z',
        null,
      ]),
      get('array_getDurationValid', 'getArrayDurationValid', [longDuration, 'P5DT1H0M0S']),
      put('array_putDurationValid', 'putArrayDurationValid', [longDuration, 'P5DT1H']),
    ],
  },
  {
    document: 'body-dictionary',
    counts: /^(get|put)Dictionary/,
    scenarios: [
      ...scenariosOf('dictionary', 'Dictionary', dictionary),
      get('dictionary_getNullValue', 'getDictionaryNullValue', { key1: null }),
      getText('dictionary_getNullKey', 'getDictionaryNullkey', '{null : "val1"}'),
      get('dictionary_getEmptyStringKey', 'getDictionaryKeyEmptyString', { '': 'val1' }),
      getText('dictionary_getInvalid', 'getDictionaryInvalid', '{"key1": "val1", "key2", "val2"'),
      put('dictionary_putDateTimeValid', 'putDictionaryDateTimeValid', {
        0: '2000-12-01T00:00:01Z',
        1: '1980-01-01T23:11:35Z',
        2: '1492-10-12T18:15:01Z',
      }),
      get('dictionary_getDateTimeInvalidNull', 'getDictionaryDateTimeWithNull', {
        0: '2000-12-01t00:00:01z',
        1: null,
      }),
      get('dictionary_getDurationValid', 'getDictionaryDurationValid', {
        0: longDuration,
        1: 'P5DT1H',
      }),
      put('dictionary_putDurationValid', 'putDictionaryDurationValid', {
        0: longDuration,
        1: 'P5DT1H',
      }),
    ],
  },
];
