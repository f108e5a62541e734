import { call, refused, type Scenario, type Suite } from './scenario.ts';

const bytes = Buffer.from([0, 1, 254, 255]).toString('base64');

/** [the operation's kind, the report's kind]; a class has no header. */
const kinds = [
  ['Integer', ['Parameter', 'Property', 'Header']],
  ['String', ['Parameter', 'Property', 'Header']],
  ['Class', ['Parameter', 'Property']],
  ['Array', ['Parameter', 'Property', 'Header']],
] as const;

/** What is required must not be left out, and what is optional may be. */
const explicit: readonly Scenario[] = kinds.flatMap(([kind, places]) =>
  places.flatMap((place) => {
    const given = place === 'Property' ? { body: { value: null } } : {};
    return [
      refused(`explicit_postRequired${kind}${place}`, {}, /required/),
      call(`explicit_postOptional${kind}${place}`, `Optional${kind}${place}`, given),
    ];
  }),
);

/** Required and optional parameters, bodies and properties. */
export const requiredSuites: readonly Suite[] = [
  {
    document: 'required-optional',
    counts: /^(Implicit|Explicit)(Optional|Required)|^Optional|^GeneralOptional$/,
    scenarios: [
      ...explicit,
      refused('implicit_getRequiredPath', {}, /required/),
      refused('implicit_getRequiredGlobalPath', {}, /required/),
      refused('implicit_getRequiredGlobalQuery', {}, /required/),
      call('implicit_getOptionalGlobalQuery', 'OptionalGlobalQuery'),
      call('implicit_putOptionalQuery', 'OptionalImplicitQuery'),
      call('implicit_putOptionalHeader', 'OptionalImplicitHeader'),
      call('implicit_putOptionalBody', 'OptionalImplicitBody'),
      call('implicit_putOptionalBinaryBody', 'ImplicitOptionalBinaryBody'),
      call('explicit_putOptionalBinaryBody', 'ExplicitOptionalBinaryBody'),
      call('explicit_putOptionalBinaryBody', 'ExplicitOptionalBinaryBody', { body: bytes }),
      call('explicit_putRequiredBinaryBody', 'ExplicitRequiredBinaryBody', { body: bytes }),
      // Every optional call above is also counted under one common name.
      call('explicit_postOptionalIntegerParameter', 'GeneralOptional'),
    ],
  },
];
