import type { JsonObject } from '../../../../kernel/json.ts';
import { urns } from './scim-protocol.ts';

/** An attribute as RFC 7643, section 7 describes it; what is usual is left out. */
function attribute(name: string, change: JsonObject = {}): JsonObject {
  return {
    name,
    type: 'string',
    multiValued: false,
    description: '',
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...change,
  };
}

const externalId = attribute('externalId', { caseExact: true, uniqueness: 'server' });

/** The attributes that are kept. */
export const scimSchemas: readonly (JsonObject & { readonly id: string })[] = [
  {
    schemas: [urns.schema],
    id: urns.user,
    name: 'User',
    description: 'A user of the tenant',
    attributes: [
      attribute('userName', { required: true, uniqueness: 'server' }),
      externalId,
      attribute('displayName'),
      attribute('name', { type: 'complex', subAttributes: [attribute('formatted')] }),
      attribute('active', { type: 'boolean' }),
      attribute('emails', {
        type: 'complex',
        multiValued: true,
        description: 'One is kept, the primary or first.',
        subAttributes: [
          attribute('value', { required: true, uniqueness: 'server' }),
          attribute('type'),
          attribute('primary', { type: 'boolean' }),
        ],
      }),
    ],
  },
  {
    schemas: [urns.schema],
    id: urns.group,
    name: 'Group',
    description: 'A group of users of the tenant',
    attributes: [
      attribute('displayName', { required: true, uniqueness: 'server' }),
      externalId,
      attribute('members', {
        type: 'complex',
        multiValued: true,
        subAttributes: [
          attribute('value', { required: true, caseExact: true, mutability: 'immutable' }),
          attribute('display', { mutability: 'readOnly' }),
          attribute('type', { canonicalValues: ['User'], mutability: 'immutable' }),
        ],
      }),
    ],
  },
];
