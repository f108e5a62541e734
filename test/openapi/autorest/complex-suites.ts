import { withoutMembers, type Json, type JsonObject } from '../../../src/kernel/json.ts';
import { call, get, put, type Scenario, type Suite } from './scenario.ts';

const base64 = (...bytes: readonly number[]): string => Buffer.from(bytes).toString('base64');

const longName =
  'field_56_zeros_after_the_dot_and_negative_zero_before_dot_' +
  'and_this_is_a_long_field_name_on_purpose';

/** [operation, scenario, the object] of objects that are read and sent alike. */
const primitives: readonly (readonly [string, string, JsonObject])[] = [
  ['Int', 'Integer', { field1: -1, field2: 2 }],
  ['Long', 'Long', { field1: 1_099_511_627_775, field2: -999_511_627_788 }],
  ['Float', 'Float', { field1: 1.05, field2: -0.003 }],
  ['Double', 'Double', { field1: 3e-100, [longName]: -5e-57 }],
  ['Bool', 'Bool', { field_true: true, field_false: false }],
  ['String', 'String', { field: 'goodrequest', empty: '', null: null }],
  ['Date', 'Date', { field: '0001-01-01', leap: '2016-02-29' }],
  ['DateTime', 'DateTime', { field: '0001-01-01T00:00:00Z', now: '2015-05-18T18:38:00Z' }],
  [
    'DateTimeRfc1123',
    'DateTimeRfc1123',
    { field: 'Mon, 01 Jan 0001 00:00:00 GMT', now: 'Mon, 18 May 2015 11:38:00 GMT' },
  ],
  ['Duration', 'Duration', { field: 'P123DT22H14M12.011S' }],
  ['Byte', 'Byte', { field: base64(255, 254, 253, 252, 0, 250, 249, 248, 247, 246) }],
];

const both = (operation: string, scenario: string, value: Json): readonly Scenario[] => {
  const [group, name] = operation.split('_') as [string, string];
  return [
    get(`${group}_get${name}`, `get${scenario}`, value),
    put(`${group}_put${name}`, `put${scenario}`, value),
  ];
};

const texts = {
  array: ['1, 2, 3, 4', '', null, '&S#$(*Y', 'The quick brown fox jumps over the lazy dog'],
};
const programs = {
  defaultProgram: { txt: 'notepad', bmp: 'mspaint', xls: 'excel', exe: '', '': null },
};

const picture = base64(255, 255, 255, 255, 254);
const shark = { fishtype: 'shark', age: 6, birthday: '2012-01-05T01:00:00Z', species: 'predator' };
const sawshark = {
  fishtype: 'sawshark',
  age: 105,
  birthday: '1900-01-05T01:00:00Z',
  length: 10,
  picture,
  species: 'dangerous',
};
const goblin = {
  fishtype: 'goblin',
  age: 1,
  birthday: '2015-08-08T00:00:00Z',
  length: 30,
  species: 'scary',
  jawsize: 5,
  // Not in the enum of the document: the server must get it all the same.
  color: 'pinkish-gray',
};
const salmon: JsonObject = {
  fishtype: 'salmon',
  location: 'alaska',
  iswild: true,
  species: 'king',
  length: 1,
};
const fish = { ...salmon, siblings: [{ ...shark, length: 20 }, sawshark, goblin] };
const smartSalmon = {
  ...fish,
  fishtype: 'smart_salmon',
  additionalProperty1: 1,
  additionalProperty2: false,
  additionalProperty3: 'hello',
  additionalProperty4: { a: 1, b: 2 },
  additionalProperty5: [1, 3],
};
const untyped = withoutMembers(fish, ['fishtype']);

const family = {
  ...salmon,
  siblings: [
    {
      ...shark,
      length: 20,
      siblings: [
        {
          ...salmon,
          location: 'atlantic',
          species: 'coho',
          length: 2,
          siblings: [{ ...shark, length: 20 }, sawshark],
        },
        { ...sawshark, siblings: [] },
      ],
    },
    { ...sawshark, siblings: [] },
  ],
};

const dotted = (location: string, iswild: boolean, type: JsonObject): JsonObject => ({
  ...type,
  location,
  iswild,
  species: 'king',
});
const market = (type: JsonObject): JsonObject => ({
  sampleSalmon: dotted('sweden', false, type),
  salmons: [dotted('sweden', false, type), dotted('atlantic', true, type)],
  sampleFish: dotted('australia', false, type),
  fishes: [dotted('australia', false, type), dotted('canada', true, type)],
});
const dotType = { 'fish.type': 'DotSalmon' };

const siamese = {
  breed: 'persian',
  color: 'green',
  hates: [
    { food: 'tomato', id: 1, name: 'Potato' },
    { food: 'french fries', id: -1, name: 'Tomato' },
  ],
  id: 2,
  name: 'Siameeee',
};

/** Bodies that are objects: inherited, polymorphic, recursive, partly read-only. */
export const complexSuites: readonly Suite[] = [
  {
    document: 'body-complex',
    counts: /^((get|put)Complex|getComposed)/,
    scenarios: [
      get('basic_getValid', 'getComplexBasicValid', { id: 2, name: 'abc', color: 'YELLOW' }),
      call('basic_putValid', 'putComplexBasicValid', {
        'api-version': '2016-02-29',
        body: { id: 2, name: 'abc', color: 'Magenta' },
      }),
      get('basic_getInvalid', 'getComplexBasicInvalid', { id: 'a', name: 'abc' }),
      get('basic_getEmpty', 'getComplexBasicEmpty', {}),
      get('basic_getNull', 'getComplexBasicNull', { id: null, name: null }),
      call('basic_getNotProvided', 'getComplexBasicNotProvided'),
      ...primitives.flatMap(([operation, scenario, value]) =>
        both(`primitive_${operation}`, `ComplexPrimitive${scenario}`, value),
      ),
      ...both('array_Valid', 'ComplexArrayValid', texts),
      ...both('array_Empty', 'ComplexArrayEmpty', { array: [] }),
      get('array_getNotProvided', 'getComplexArrayNotProvided', {}),
      ...both('dictionary_Valid', 'ComplexDictionaryValid', programs),
      ...both('dictionary_Empty', 'ComplexDictionaryEmpty', { defaultProgram: {} }),
      get('dictionary_getNull', 'getComplexDictionaryNull', { defaultProgram: null }),
      get('dictionary_getNotProvided', 'getComplexDictionaryNotProvided', {}),
      ...both('inheritance_Valid', 'ComplexInheritanceValid', siamese),
      ...both('polymorphism_Valid', 'ComplexPolymorphismValid', fish),
      ...both('polymorphism_Complicated', 'ComplexPolymorphismComplicated', smartSalmon),
      get(
        'polymorphism_getDotSyntax',
        'getComplexPolymorphismDotSyntax',
        dotted('sweden', true, dotType),
      ),
      get(
        'polymorphism_getComposedWithDiscriminator',
        'getComposedWithDiscriminator',
        market(dotType),
      ),
      get(
        'polymorphism_getComposedWithoutDiscriminator',
        'getComposedWithoutDiscriminator',
        market({}),
      ),
      call(
        'polymorphism_putMissingDiscriminator',
        'putComplexPolymorphismNoDiscriminator',
        { body: fish },
        { kind: 'json', value: untyped },
      ),
      {
        // A body without a required property is for the API to refuse.
        operation: 'polymorphism_putValidMissingRequired',
        given: { body: { ...salmon, siblings: [shark] } },
        answer: { kind: 'failed', status: 400 },
      },
      ...both('polymorphicrecursive_Valid', 'ComplexPolymorphicRecursiveValid', family),
      get('readonlyproperty_getValid', 'getComplexReadOnlyPropertyValid', { id: '1234', size: 2 }),
      put('readonlyproperty_putValid', 'putComplexReadOnlyPropertyValid', { size: 2 }),
      {
        // The server has no such path.
        operation: 'flattencomplex_getValid',
        given: {},
        answer: { kind: 'failed', status: 404 },
      },
    ],
  },
];
