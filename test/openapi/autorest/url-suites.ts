import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import { multiByte, multiByteBase64 } from './multi-byte.ts';
import { call, refused, type Scenario, type Suite } from './scenario.ts';

type Row = readonly [operation: string, scenario: string, value: Json];

const reserved = "begin!*'();:@ &=+$,/?#[]end";

/** Values that travel in a path and in a query, by the kind of value. */
const common: Readonly<Record<string, readonly Row[]>> = {
  bool: [
    ['getBooleanTrue', 'BoolTrue', true],
    ['getBooleanFalse', 'BoolFalse', false],
  ],
  int: [
    ['getIntOneMillion', 'IntPositive', 1_000_000],
    ['getIntNegativeOneMillion', 'IntNegative', -1_000_000],
  ],
  long: [
    ['getTenBillion', 'LongPositive', 10_000_000_000],
    ['getNegativeTenBillion', 'LongNegative', -10_000_000_000],
  ],
  float: [
    ['floatScientificPositive', 'FloatPositive', 1.034e20],
    ['floatScientificNegative', 'FloatNegative', -1.034e-20],
  ],
  double: [
    ['doubleDecimalPositive', 'DoublePositive', 9_999_999.999],
    ['doubleDecimalNegative', 'DoubleNegative', -9_999_999.999],
  ],
  string: [
    ['stringUnicode', 'StringUnicode', multiByte],
    ['stringUrlEncoded', 'StringUrlEncoded', reserved],
    ['stringEmpty', 'StringEmpty', ''],
  ],
  byte: [
    ['byteMultiByte', 'ByteMultiByte', multiByteBase64],
    ['byteEmpty', 'ByteEmpty', ''],
  ],
  enum: [['enumValid', 'EnumValid', 'green color']],
  date: [['DateValid', 'DateValid', '2012-01-01']],
  dateTime: [['DateTimeValid', 'DateTimeValid', '2012-01-01T01:01:01Z']],
};

const inPath = (kind: string, [operation, scenario, value]: Row): Scenario =>
  call(`paths_${operation}`, `UrlPaths${scenario}`, { [`${kind}Path`]: value });

const inQuery = (kind: string, [operation, scenario, value]: Row): Scenario =>
  call(`queries_${operation}`, `UrlQueries${scenario}`, { [`${kind}Query`]: value });

const everywhere = Object.entries(common).flatMap(([kind, rows]) =>
  rows.flatMap((row) => [inPath(kind, row), inQuery(kind, row)]),
);

const paths: readonly Scenario[] = [
  inPath('string', ['stringUrlNonEncoded', 'StringUrlNonEncoded', "begin!*'();:@&=+$,end"]),
  inPath('base64Url', ['base64Url', 'StringBase64Url', 'bG9yZW0']),
  inPath('unixTimeUrl', ['unixTimeUrl', 'IntUnixTime', 1_460_505_600]),
  inPath('array', ['ArrayCsvInPath', 'ArrayCSVInPath', ['ArrayPath1', reserved, null, '']]),
  // A path needs all of its parts: these calls are never to be sent.
  ...['stringNull', 'enumNull', 'byteNull', 'DateNull', 'DateTimeNull'].map((operation) =>
    refused(`paths_${operation}`, {}, /required/),
  ),
];

const list: Json = ['ArrayQuery1', reserved, null, ''];

const queries: readonly Scenario[] = [
  ...['Boolean', 'Int', 'Long'].map((kind) =>
    call(`queries_get${kind}Null`, `UrlQueries${kind === 'Boolean' ? 'Bool' : kind}Null`),
  ),
  ...['float', 'double', 'string', 'enum', 'byte', 'Date', 'DateTime'].map((kind) =>
    call(`queries_${kind}Null`, `UrlQueries${kind[0]?.toUpperCase()}${kind.slice(1)}Null`),
  ),
  call('queries_ArrayStringCsvNull', 'UrlQueriesArrayCsvNull'),
  inQuery('array', ['ArrayStringCsvEmpty', 'ArrayCsvEmpty', []]),
  inQuery('array', ['ArrayStringCsvValid', 'ArrayCsvValid', list]),
  inQuery('array', ['ArrayStringSsvValid', 'ArraySsvValid', list]),
  inQuery('array', ['ArrayStringTsvValid', 'ArrayTsvValid', list]),
  inQuery('array', ['ArrayStringPipesValid', 'ArrayPipesValid', list]),
  inQuery('array', [
    'ArrayStringNoCollectionFormatEmpty',
    'ArrayNoCollectionFormatValid',
    ['hello', 'nihao', 'bonjour'],
  ]),
];

/** Parameters of the operation, of its path and of the document, each kind left out in turn. */
function pathItem(operation: string, scenario: string, sent: readonly string[]): Scenario {
  const given: JsonObject = {
    ...Object.fromEntries(levels.map((level) => [`${level}StringPath`, `${level}StringPath`])),
    ...Object.fromEntries(sent.map((level) => [`${level}StringQuery`, `${level}StringQuery`])),
  };
  return call(`pathItems_${operation}`, `UrlPathItem${scenario}`, given);
}

const levels = ['global', 'pathItem', 'local'] as const;

const pathItems: readonly Scenario[] = [
  pathItem('getAllWithValues', 'GetAll', levels),
  pathItem('getGlobalQueryNull', 'GetGlobalNull', ['pathItem', 'local']),
  pathItem('getGlobalAndLocalQueryNull', 'GetGlobalAndLocalNull', ['pathItem']),
  pathItem('getLocalPathItemQueryNull', 'GetPathItemAndLocalNull', ['global']),
];

/** Values in paths and queries. */
export const urlSuites: readonly Suite[] = [
  {
    document: 'url',
    counts: /^Url(Paths|PathItem|Queries(?!ArrayMulti))/,
    scenarios: [...everywhere, ...paths, ...queries, ...pathItems],
  },
  {
    document: 'url-multi-collectionFormat',
    counts: /^UrlQueriesArrayMulti/,
    scenarios: [
      call('queries_ArrayStringMultiNull', 'UrlQueriesArrayMultiNull'),
      inQuery('array', ['ArrayStringMultiEmpty', 'ArrayMultiEmpty', []]),
      inQuery('array', ['ArrayStringMultiValid', 'ArrayMultiValid', list]),
    ],
  },
];
