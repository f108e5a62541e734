import { multiByteBase64 } from './multi-byte.ts';
import { call, type Answer, type Scenario, type Suite } from './scenario.ts';

/** [the operation's kind, the report's kind, the server's scenario, the value] */
type Row = readonly [
  operation: string,
  kind: string,
  scenario: string,
  value?: string | number | boolean,
];

const rows: readonly Row[] = [
  ['Integer', 'Integer', 'positive', 1],
  ['Integer', 'Integer', 'negative', -2],
  ['Long', 'Long', 'positive', 105],
  ['Long', 'Long', 'negative', -2],
  ['Float', 'Float', 'positive', 0.07],
  ['Float', 'Float', 'negative', -3],
  ['Double', 'Double', 'positive', 7e120],
  ['Double', 'Double', 'negative', -3],
  ['Bool', 'Bool', 'true', true],
  ['Bool', 'Bool', 'false', false],
  ['String', 'String', 'valid', 'The quick brown fox jumps over the lazy dog'],
  ['String', 'String', 'null'],
  ['String', 'String', 'empty', ''],
  ['Date', 'Date', 'valid', '2010-01-01'],
  ['Date', 'Date', 'min', '0001-01-01'],
  ['Datetime', 'DateTime', 'valid', '2010-01-01T12:34:56Z'],
  ['Datetime', 'DateTime', 'min', '0001-01-01T00:00:00Z'],
  ['DatetimeRfc1123', 'DateTimeRfc1123', 'valid', 'Fri, 01 Jan 2010 12:34:56 GMT'],
  ['DatetimeRfc1123', 'DateTimeRfc1123', 'min', 'Mon, 01 Jan 0001 00:00:00 GMT'],
  ['Duration', 'Duration', 'valid', 'P123DT22H14M12.011S'],
  ['Byte', 'Bytes', 'valid', multiByteBase64],
  ['Enum', 'Enum', 'valid', 'GREY'],
  ['Enum', 'Enum', 'null'],
];

/** The server answers the same value in a header; one without a value is none. */
const answered = ([, kind, , value]: Row): Answer => {
  // It writes null as a word where text is meant.
  const sent = value === undefined && kind === 'String' ? null : value;
  const known = sent === undefined || sent === '' ? {} : { value: String(sent) };
  return { kind: 'nothing', headers: known };
};

function sentAndReceived(row: Row): readonly Scenario[] {
  const [operation, kind, scenario, value] = row;
  const name = `${kind}${scenario[0]?.toUpperCase()}${scenario.slice(1)}`;
  const given = value === undefined ? { scenario } : { scenario, value };
  return [
    call(`header_param${operation}`, `HeaderParameter${name}`, given),
    call(`header_response${operation}`, `HeaderResponse${name}`, { scenario }, answered(row)),
  ];
}

const requestId = '9C4D50EE-2D56-4CD3-8152-34347DC9F2B0';

/** Values in headers, and headers that clients usually set themselves. */
export const headerSuites: readonly Suite[] = [
  {
    document: 'header',
    counts: /^(Header(Parameter|Response)|CustomHeaderInRequest)/,
    // No operation declares this header; a service's configuration may send any.
    config: { headers: { 'x-ms-client-request-id': requestId } },
    scenarios: [
      ...rows.flatMap(sentAndReceived),
      call('header_paramExistingKey', 'HeaderParameterExistingKey', { 'User-Agent': 'overwrite' }),
      call(
        'header_responseExistingKey',
        'HeaderResponseExistingKey',
        {},
        {
          kind: 'nothing',
          headers: { 'user-agent': 'overwrite' },
        },
      ),
      call('header_paramProtectedKey', 'HeaderParameterProtectedKey', {
        'Content-Type': 'text/html',
      }),
      call('header_responseProtectedKey', 'HeaderResponseProtectedKey'),
      call('header_customRequestId', 'CustomHeaderInRequest'),
    ],
  },
];
