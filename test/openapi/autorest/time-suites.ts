import { call, get, put, type Scenario, type Suite } from './scenario.ts';

/** [operation, scenario, the moment]: what is read; the text is the server's own. */
const moments: readonly (readonly [string, string, string])[] = [
  ['Invalid', 'Invalid', '201O-18-90D00:89:56.9AX'],
  ['Overflow', 'Overflow', '9999-12-31T23:59:59.999-14:00'],
  ['Underflow', 'Underflow', '0000-00-00T00:00:00.000+00:00'],
  ['UtcLowercaseMaxDateTime', 'MaxUtcLowercase', '9999-12-31t23:59:59.999z'],
  ['UtcUppercaseMaxDateTime', 'MaxUtcUppercase', '9999-12-31T23:59:59.999Z'],
  ['UtcUppercaseMaxDateTime7Digits', 'MaxUtc7MSUppercase', '9999-12-31T23:59:59.9999999Z'],
  [
    'LocalPositiveOffsetLowercaseMaxDateTime',
    'MaxLocalPositiveOffsetLowercase',
    '9999-12-31t23:59:59.999+14:00',
  ],
  [
    'LocalPositiveOffsetUppercaseMaxDateTime',
    'MaxLocalPositiveOffsetUppercase',
    '9999-12-31T23:59:59.999+14:00',
  ],
  [
    'LocalNegativeOffsetLowercaseMaxDateTime',
    'MaxLocalNegativeOffsetLowercase',
    '9999-12-31t23:59:59.999-14:00',
  ],
  [
    'LocalNegativeOffsetUppercaseMaxDateTime',
    'MaxLocalNegativeOffsetUppercase',
    '9999-12-31T23:59:59.999-14:00',
  ],
  ['UtcMinDateTime', 'MinUtc', '0001-01-01T00:00:00Z'],
  ['LocalPositiveOffsetMinDateTime', 'MinLocalPositiveOffset', '0001-01-01T00:00:00+14:00'],
  ['LocalNegativeOffsetMinDateTime', 'MinLocalNegativeOffset', '0001-01-01T00:00:00-14:00'],
  ['LocalNoOffsetMinDateTime', 'MinLocalNoOffset', '0001-01-01T00:00:00'],
];

const sentMoments: readonly (readonly [string, string, string])[] = [
  ['UtcMaxDateTime', 'MaxUtc', '9999-12-31T23:59:59.999Z'],
  ['UtcMaxDateTime7Digits', 'MaxUtc7MS', '9999-12-31T23:59:59.9999999Z'],
  ['LocalPositiveOffsetMaxDateTime', 'MaxLocalPositiveOffset', '9999-12-31T23:59:59.999+14:00'],
  ['LocalNegativeOffsetMaxDateTime', 'MaxLocalNegativeOffset', '9999-12-31T23:59:59.999-14:00'],
  ['UtcMinDateTime', 'MinUtc', '0001-01-01T00:00:00Z'],
  ['LocalPositiveOffsetMinDateTime', 'MinLocalPositiveOffset', '0001-01-01T00:00:00+14:00'],
  ['LocalNegativeOffsetMinDateTime', 'MinLocalNegativeOffset', '0001-01-01T00:00:00-14:00'],
];

const dateTimes: readonly Scenario[] = [
  call('datetime_getNull', 'getDateTimeNull'),
  ...moments.map(([operation, scenario, text]) =>
    get(`datetime_get${operation}`, `getDateTime${scenario}`, text),
  ),
  ...sentMoments.map(([operation, scenario, text]) =>
    put(`datetime_put${operation}`, `putDateTime${scenario}`, text),
  ),
];

const last = 'Fri, 31 Dec 9999 23:59:59 GMT';
const first = 'Mon, 01 Jan 0001 00:00:00 GMT';

const rfc1123: readonly Scenario[] = [
  call('datetimerfc1123_getNull', 'getDateTimeRfc1123Null'),
  ...(
    [
      ['Invalid', 'Invalid', 'Tue, 01 Dec 2000 00:00:0A ABC'],
      ['Overflow', 'Overflow', 'Sat, 1 Jan 10000 00:00:00 GMT'],
      ['Underflow', 'Underflow', 'Tue, 00 Jan 0000 00:00:00 GMT'],
      ['UtcLowercaseMaxDateTime', 'MaxUtcLowercase', last.toLowerCase()],
      ['UtcUppercaseMaxDateTime', 'MaxUtcUppercase', last.toUpperCase()],
      ['UtcMinDateTime', 'MinUtc', first],
    ] as const
  ).map(([operation, scenario, text]) =>
    get(`datetimerfc1123_get${operation}`, `getDateTimeRfc1123${scenario}`, text),
  ),
  put('datetimerfc1123_putUtcMaxDateTime', 'putDateTimeRfc1123Max', last),
  put('datetimerfc1123_putUtcMinDateTime', 'putDateTimeRfc1123Min', first),
];

/** Dates, times and durations as whole bodies. */
export const timeSuites: readonly Suite[] = [
  {
    document: 'body-date',
    counts: /^(get|put)Date(?!Time)/,
    scenarios: [
      call('date_getNull', 'getDateNull'),
      get('date_getInvalidDate', 'getDateInvalid', '201O-18-90'),
      get('date_getOverflowDate', 'getDateOverflow', '10000000000-12-31'),
      get('date_getUnderflowDate', 'getDateUnderflow', '0000-00-00'),
      get('date_getMaxDate', 'getDateMax', '9999-12-31'),
      put('date_putMaxDate', 'putDateMax', '9999-12-31'),
      get('date_getMinDate', 'getDateMin', '0001-01-01'),
      put('date_putMinDate', 'putDateMin', '0001-01-01'),
    ],
  },
  { document: 'body-datetime', counts: /^(get|put)DateTime(?!Rfc1123)/, scenarios: dateTimes },
  { document: 'body-datetime-rfc1123', counts: /^(get|put)DateTimeRfc1123/, scenarios: rfc1123 },
  {
    document: 'body-duration',
    counts: /^(get|put)Duration/,
    scenarios: [
      call('duration_getNull', 'getDurationNull'),
      get('duration_getInvalid', 'getDurationInvalid', '123ABC'),
      get('duration_getPositiveDuration', 'getDurationPositive', 'P3Y6M4DT12H30M5S'),
      put('duration_putPositiveDuration', 'putDurationPositive', 'P123DT22H14M12.011S'),
    ],
  },
  {
    document: 'body-time',
    counts: /^BodyTime/,
    scenarios: [
      get('time_get', 'BodyTimeGet', '11:34:56'),
      call(
        'time_put',
        'BodyTimePut',
        { body: '08:07:56' },
        {
          kind: 'json',
          value: 'Nice job posting time',
        },
      ),
    ],
  },
];
