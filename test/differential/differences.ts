import type { FrameEra } from './frame.ts';

/** Stands for what the same side answers to the same message without the change. */
export const UNCHANGED = 'as unchanged';

/** A difference that is meant: which frames, what each side answers, and by which rule. */
export interface Difference {
  readonly era: FrameEra;
  readonly changes: readonly string[];
  /** All methods when absent. */
  readonly methods?: readonly string[];
  /** `status/code`, where a code may be `result` or `none`; or UNCHANGED. */
  readonly gateway: string;
  readonly reference: string;
  /** The rule that makes the gateway's answer right, and where it stands. */
  readonly rule: string;
}

const base = 'JSON-RPC 2.0 section 5.1 (error object): ';
const index = '2026-07-28 basic/index: ';
const http = '2026-07-28 basic/transports/streamable-http: ';
const legacyHttp = '2025-11-25 basic/transports: ';

const notReservedRule = `${index}codes from -32000 to -32019 are not to be made up any more; the \
gateway's own stand outside the reserved range`;

const legacyAcceptRule = `${legacyHttp}that Accept names both types is asked of the client; the \
answer to one that named less is left to the server`;

const invalidRequestRule = `${base}-32600 is for JSON that is no request, -32700 for what is no \
JSON`;

const envelopeRule = `${index}a request without the required _meta fields is answered with -32602, \
whatever its method`;

const idLengthRule = `${index}an id is a string or an integer; the gateway keeps ids for as long \
as a call runs and bounds their length`;

const initializeRule = `${legacyHttp}initialize opens a session; a request of that name without a \
modern version in its _meta is one, whatever headers an earlier try has left with it`;

const memberRule = `${base}members that a message is not described with are no error; they are \
ignored`;

/** Every difference that is meant. */
export const differences: readonly Difference[] = [
  {
    era: 'modern',
    changes: ['meta empty', 'version absent'],
    methods: ['initialize'],
    gateway: '200/result',
    reference: '400/-32020',
    rule: initializeRule,
  },
  {
    era: 'modern',
    changes: ['meta array', 'meta text'],
    methods: ['initialize'],
    gateway: '200/result',
    reference: '400/-32600',
    rule: initializeRule,
  },
  {
    era: 'modern',
    changes: ['params absent'],
    methods: ['initialize'],
    gateway: '200/-32602',
    reference: '400/-32020',
    rule: initializeRule,
  },
  {
    era: 'modern',
    changes: ['params null'],
    methods: ['initialize'],
    gateway: '200/-32602',
    reference: '400/-32600',
    rule: initializeRule,
  },
  {
    era: 'legacy',
    changes: ['inside a session'],
    methods: ['initialize'],
    gateway: '200/result',
    reference: '400/-32600',
    rule: initializeRule,
  },
  {
    era: 'modern',
    changes: ['accept html', 'accept json'],
    methods: ['subscriptions/listen'],
    gateway: '406/4060',
    reference: '200/result',
    rule: `${http}a client accepts both types; a subscription has no answer but a stream`,
  },
  {
    era: 'modern',
    changes: ['body no utf-8'],
    gateway: '400/-32700',
    reference: '400/-32600',
    rule: `${http}messages are UTF-8; ${invalidRequestRule}`,
  },
  {
    era: 'modern',
    changes: [
      'capabilities absent',
      'capabilities list',
      'capabilities text',
      'info text',
      'version null',
      'version number',
    ],
    methods: ['initialize'],
    gateway: '400/-32602',
    reference: '400/-32020',
    rule: envelopeRule,
  },
  {
    era: 'modern',
    changes: ['meta array', 'meta text', 'params null'],
    gateway: '400/-32602',
    reference: '400/-32600',
    rule: envelopeRule,
  },
  {
    era: 'modern',
    changes: ['id long'],
    gateway: '400/-32600',
    reference: UNCHANGED,
    rule: idLengthRule,
  },
  {
    era: 'modern',
    changes: ['other member'],
    gateway: UNCHANGED,
    reference: '400/-32600',
    rule: memberRule,
  },
  {
    era: 'modern',
    changes: ['put'],
    gateway: '405/none',
    reference: '405/-32000',
    rule: `${http}a method other than POST gets 405; a body is not asked for. ${notReservedRule}`,
  },
  {
    era: 'modern',
    changes: ['response'],
    gateway: '400/-32600',
    reference: '400/-32000',
    rule: `${http}clients do not send responses. ${notReservedRule}`,
  },
  {
    era: 'modern',
    changes: ['type absent', 'type text'],
    gateway: '415/4150',
    reference: '415/-32000',
    rule: notReservedRule,
  },
  {
    era: 'legacy',
    changes: ['accept absent', 'accept any', 'accept events', 'accept html', 'accept json'],
    methods: [
      'tools/list',
      'tools/call',
      'tools/call unknown',
      'prompts/get',
      'resources/list',
      'resources/read',
      'ping',
      'no/such',
    ],
    gateway: UNCHANGED,
    reference: '406/-32000',
    rule: legacyAcceptRule,
  },
  {
    era: 'legacy',
    changes: ['accept json'],
    methods: ['get'],
    gateway: '406/4060',
    reference: '406/-32000',
    rule: `${legacyHttp}a GET asks for an event stream. ${notReservedRule}`,
  },
  {
    era: 'legacy',
    changes: ['batch'],
    gateway: '400/-32600',
    reference: UNCHANGED,
    rule: `${legacyHttp}since 2025-06-18 the body of a POST is one message`,
  },
  {
    era: 'legacy',
    changes: ['batch empty'],
    gateway: '400/-32600',
    reference: '202/none',
    rule: 'JSON-RPC 2.0 section 6: an empty batch is answered with -32600',
  },
  {
    era: 'legacy',
    changes: [
      'body deep',
      'body null',
      'body number',
      'body text',
      'id boolean',
      'id fraction',
      'id null',
      'id object',
      'jsonrpc 1.0',
      'jsonrpc absent',
      'jsonrpc number',
      'method absent',
      'method null',
      'method number',
      'params list',
      'params text',
      'result and error',
    ],
    gateway: '400/-32600',
    reference: '400/-32700',
    rule: invalidRequestRule,
  },
  {
    era: 'legacy',
    changes: ['capabilities absent', 'version absent'],
    gateway: '200/-32602',
    reference: '400/-32000',
    rule: `2025-11-25 basic/lifecycle: initialize names a version and capabilities; ${base}-32602 \
is for wrong parameters`,
  },
  {
    era: 'legacy',
    changes: ['info absent'],
    gateway: '200/result',
    reference: '400/-32000',
    rule: `${index}what a client says of itself decides nothing; older clients leave it out`,
  },
  {
    era: 'legacy',
    changes: ['id long'],
    gateway: '400/-32600',
    reference: UNCHANGED,
    rule: idLengthRule,
  },
  {
    era: 'legacy',
    changes: ['other member'],
    gateway: UNCHANGED,
    reference: '400/-32700',
    rule: memberRule,
  },
  {
    era: 'legacy',
    changes: ['params absent'],
    methods: ['prompts/get', 'resources/read'],
    gateway: '200/-32602',
    reference: '200/-32603',
    rule: `${base}-32602 is for wrong parameters, -32603 for a failure inside the server`,
  },
  {
    era: 'legacy',
    changes: ['params null'],
    methods: ['tools/list', 'resources/list', 'ping', 'no/such', 'tools/call unknown'],
    gateway: UNCHANGED,
    reference: '400/-32700',
    rule: `${base}-32700 is for what is no JSON; several clients write absent parameters as null`,
  },
  {
    era: 'legacy',
    changes: ['params null'],
    methods: ['tools/call', 'prompts/get', 'resources/read'],
    gateway: '200/-32602',
    reference: '400/-32700',
    rule: `${base}-32602 is for wrong parameters; absent ones may be written as null`,
  },
  {
    era: 'legacy',
    changes: ['put'],
    gateway: '405/none',
    reference: '405/-32000',
    rule: `${legacyHttp}the endpoint has POST, GET and DELETE. ${notReservedRule}`,
  },
  {
    era: 'legacy',
    changes: ['session absent'],
    methods: [
      'tools/list',
      'tools/call',
      'tools/call unknown',
      'prompts/get',
      'resources/list',
      'resources/read',
      'ping',
      'no/such',
      'delete',
    ],
    gateway: '400/-32600',
    reference: '400/-32000',
    rule: `${legacyHttp}a request without its session gets 400. ${notReservedRule}`,
  },
  {
    era: 'legacy',
    changes: ['session absent'],
    methods: ['get'],
    gateway: '405/4050',
    reference: '400/-32000',
    rule: `${legacyHttp}a server without a stream there answers a GET with 405; clients ask this \
way before they open a session`,
  },
  {
    era: 'legacy',
    changes: ['session empty'],
    gateway: '400/-32600',
    reference: '400/-32000',
    rule: `${legacyHttp}a session id has visible characters. ${notReservedRule}`,
  },
  {
    era: 'legacy',
    changes: ['type absent', 'type text'],
    gateway: '415/4150',
    reference: '415/-32000',
    rule: notReservedRule,
  },
  {
    era: 'legacy',
    changes: ['version header odd'],
    gateway: '400/-32600',
    reference: '400/-32000',
    rule: `${legacyHttp}an unknown version in the header gets 400. ${notReservedRule}`,
  },
];
