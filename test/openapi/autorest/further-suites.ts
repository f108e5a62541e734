import type { Json, JsonObject } from '../../../src/kernel/json.ts';
import { call, get, put, type Answer, type Scenario, type Suite } from './scenario.ts';

const json = (value: Json): Answer => ({ kind: 'json', value });
const base64 = (text: string): string => Buffer.from(text).toString('base64');

const birthdate = '2017-12-13T02:29:51Z';
const complexProperty = { color: 'Red' };
const measures = { height: 5.61, weight: 599, footsize: 11.5 };

/** [operation, scenario, what is sent; the server answers it with a status] */
const additional: readonly (readonly [string, string, JsonObject])[] = [
  ['APTrue', 'True', { id: 1, name: 'Puppy', birthdate, complexProperty }],
  ['CatAPTrue', 'Subclass', { id: 1, name: 'Lisa', friendly: true, birthdate, complexProperty }],
  [
    'APObject',
    'TypeObject',
    {
      id: 2,
      name: 'Hira',
      siblings: [{ id: 1, name: 'Puppy', birthdate, complexProperty }],
      picture: Buffer.from([255, 255, 255, 255, 254]).toString('base64'),
    },
  ],
  [
    'APString',
    'TypeString',
    { id: 3, name: 'Tommy', color: 'red', weight: '10 kg', city: 'Bombay' },
  ],
  ['APInProperties', 'InProperties', { id: 4, name: 'Bunny', additionalProperties: measures }],
  [
    'APInPropertiesWithAPString',
    'InPropertiesWithAPTypeString',
    {
      id: 5,
      name: 'Funny',
      '@odata.location': 'westus',
      additionalProperties: measures,
      color: 'red',
      city: 'Seattle',
      food: 'tikka masala',
    },
  ],
];

const kinds: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ['Horse', { name: 'Fred', isAShowHorse: true }, { name: 'General', isAShowHorse: false }],
  ['Pet', { name: 'Peanut' }, { name: 'Butter' }],
  ['Feline', { meows: true, hisses: true }, { meows: false, hisses: true }],
  [
    'Cat',
    { name: 'Whiskers', likesMilk: true, meows: true, hisses: true },
    { name: 'Boots', likesMilk: false, meows: true, hisses: false },
  ],
  [
    'Kitten',
    { name: 'Gatito', likesMilk: true, meows: true, hisses: true, eatsMiceYet: false },
    { name: 'Kitty', likesMilk: false, meows: true, hisses: false, eatsMiceYet: true },
  ],
];

const inherited: readonly Scenario[] = kinds.flatMap(([kind, read, sent]) => [
  get(`get${kind}`, `MultipleInheritance${kind}Get`, read),
  call(`put${kind}`, `MultipleInheritance${kind}Put`, { body: sent }, json(`${kind} was correct!`)),
]);

const anything = (kind: string, read: Json, sent: Json): readonly Scenario[] => [
  get(`get${kind}`, `Get${kind}AsAnything`, read),
  put(`put${kind}`, `Put${kind}AsAnything`, sent),
];

/** Open objects, constants, media types and hosts: more that documents of Azure are made of. */
export const furtherSuites: readonly Suite[] = [
  {
    document: 'additionalProperties',
    counts: /^additionalProperties/,
    scenarios: additional.map(([operation, scenario, body]) =>
      call(
        `Pets_Create${operation}`,
        `additionalProperties${scenario}`,
        { body },
        json({ ...body, status: true }),
      ),
    ),
  },
  {
    document: 'any-type',
    counts: /^(Get|Put)\w+AsAnything$/,
    scenarios: [
      ...anything('Object', { message: 'An object was successfully returned' }, { foo: 'bar' }),
      ...anything('String', 'anything', 'anything'),
      ...anything('Array', ['foo', 'bar'], ['foo', 'bar']),
    ],
  },
  { document: 'multiple-inheritance', counts: /^MultipleInheritance/, scenarios: inherited },
  {
    document: 'merge-patch',
    counts: /^PassMergePatchObject$/,
    scenarios: [put('patchSingle', 'PassMergePatchObject', { foo: 'bar1' })],
  },
  {
    document: 'reserved-words',
    counts: /^reservedWords/,
    scenarios: [
      call('import_operationOne', 'reservedWordsOperationGroupImport', { parameter1: 'foo' }),
      put('operationWithContentParam', 'reservedWordsBodyNamedContent', base64('hello, world')),
      put('operationWithJsonParam', 'reservedWordsBodyNamedJson', { hello: 'world' }),
      call('operationWithDataParam', 'reservedWordsBodyNamedData', {
        data: 'hello',
        world: 'world',
      }),
      call('operationWithFilesParam', 'reservedWordsBodyNamedFiles', {
        files: base64('hello'),
        fileName: 'hello.txt',
      }),
      call('operationWithUrl', 'reservedWordsUrlHeaderQuery', {
        url: 'foo',
        headerParameters: 'x',
        queryParameters: ['one', 'two'],
      }),
      call('reservedEnum', 'reservedWordsHeaderEnum', { enumParameter: 'import' }),
    ],
  },
  {
    document: 'media_types',
    counts: /^MediaType/,
    scenarios: [
      call('AnalyzeBody', 'MediaTypeJson', { body: { source: 'x' } }, json('Nice job with JSON')),
      call(
        'AnalyzeBodyNoAcceptHeader',
        'MediaTypesAnalyzeBodyNoAcceptHeader',
        { body: { source: 'x' } },
        { kind: 'nothing', status: 202 },
      ),
      call(
        'contentTypeWithEncoding',
        'MediaTypeWithEncoding',
        { body: 'hello' },
        json('Nice job sending content type with encoding'),
      ),
      put('binaryBodyWithTwoContentTypes', 'MediaTypesTwoContentTypes', base64('hello')),
      put('binaryBodyWithThreeContentTypes', 'MediaTypesThreeContentTypes', base64('hello')),
      put('bodyThreeTypes', 'MediaTypesThreeBodyTypes', { hello: 'world' }),
      {
        // The server has no such path.
        operation: 'putTextAndJsonBody',
        given: { body: 'hello' },
        answer: { kind: 'failed', status: 404 },
      },
    ],
  },
  {
    document: 'custom-baseUrl',
    counts: /^CustomBaseUri$/,
    scenarios: [call('paths_getEmpty', 'CustomBaseUri')],
  },
  {
    document: 'custom-baseUrl-more-options',
    counts: /^CustomBaseUriMoreOptions$/,
    scenarios: [
      call('paths_getEmpty', 'CustomBaseUriMoreOptions', {
        subscriptionId: 'test12',
        keyName: 'key1',
        keyVersion: 'v1',
      }),
    ],
  },
];
