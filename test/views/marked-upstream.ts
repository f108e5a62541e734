import { setTimeout as sleep } from 'node:timers/promises';
import { RpcError } from '../../src/kernel/errors.ts';
import { objectMember, stringMember, type JsonObject } from '../../src/kernel/json.ts';
import type { Discovery } from '../../src/upstream/contract.ts';
import { complete, FakeUpstream, type FakeMethod } from '../support/fake-upstream.ts';
import type { Item, ItemKind, ServiceItems } from './items.ts';

/** Longer than the gateway waits before a call becomes a task. */
const SLOW_MS = 120;

/** A service whose every name, text and answer carries the marker of the thing it is about. */
export class MarkedUpstream extends FakeUpstream {
  readonly #service: ServiceItems;

  constructor(service: ServiceItems) {
    super(methodsOf(service));
    this.#service = service;
  }

  override async discover(): Promise<Discovery> {
    const { slug, era, hasSkills, items } = this.#service;
    const note = (key: string): string => items.find((one) => one.key === key)?.marker ?? '';
    // What a service says of itself may name everything it has.
    const all = items.map(({ marker }) => marker).join(' ');
    const skills = hasSkills ? { 'io.modelcontextprotocol/skills': { directoryRead: true } } : {};
    const diagnostic = { severity: 'warning', code: 'odd', text: note('diagnostic') } as const;
    return {
      ...(await super.discover()),
      era,
      serverInfo: { name: slug, version: '1', description: `${note('description')} ${all}` },
      capabilities: {
        tools: {},
        prompts: {},
        resources: {},
        completions: {},
        experimental: { all },
        extensions: { 'io.modelcontextprotocol/ui': {}, ...skills },
      },
      instructions: `${note('instructions')} ${all}`,
      diagnostics: [diagnostic],
    };
  }
}

type Methods = Readonly<Record<string, FakeMethod>>;

/** The things of one kind. */
type Kind = (kind: ItemKind) => readonly Item[];

/** The thing of this name or URI. Throws RpcError with these words when there is none. */
type Find = (key: string, kinds: readonly ItemKind[], what: string) => Item;

function methodsOf({ items, hasSkills }: ServiceItems): Methods {
  const of: Kind = (kind) => items.filter((item) => item.kind === kind);
  const find: Find = (key, kinds, what) => {
    const found = items.find((item) => {
      return kinds.includes(item.kind) && (item.key === key || item.instance === key);
    });
    if (found === undefined) throw new RpcError(-32602, what.replace('{}', key));
    return found;
  };
  const dump: FakeMethod = () => complete({ dump: items.map(({ marker }) => marker) });
  const extension = { 'acme/dump': dump };
  return { ...lists(of), ...answers(find), ...(hasSkills ? skills(of, find) : {}), ...extension };
}

function lists(of: Kind): Methods {
  const pages = of('page').filter(({ page }) => page?.isListed === true);
  const resources = [...of('resource'), ...pages];
  return {
    'tools/list': () => complete({ tools: of('tool').map(toolJson) }),
    'prompts/list': () =>
      complete({
        prompts: of('prompt').map(({ key, marker }) => described(marker, { name: key })),
      }),
    'resources/list': () =>
      complete({
        resources: resources.map(({ key, marker }) => {
          return described(marker, { name: marker, uri: key });
        }),
      }),
    'resources/templates/list': () =>
      complete({
        resourceTemplates: of('template').map(({ key, marker }) => {
          return described(marker, { name: marker, uriTemplate: key });
        }),
      }),
  };
}

function answers(find: Find): Methods {
  return {
    'tools/call': async ({ params }) => {
      const { marker } = find(named(params, 'name'), ['tool'], 'Unknown tool: {}');
      if (objectMember(params, 'arguments')?.['slow'] === true) await sleep(SLOW_MS);
      return complete({ content: [{ type: 'text', text: marker }] });
    },
    'prompts/get': ({ params }) => {
      const { marker } = find(named(params, 'name'), ['prompt'], 'Unknown prompt: {}');
      return complete({ messages: [{ role: 'user', content: { type: 'text', text: marker } }] });
    },
    'resources/read': ({ params }) => {
      const uri = named(params, 'uri');
      const { marker } = find(uri, READ, 'Resource not found: {}');
      return complete({ contents: [{ uri, text: marker }] });
    },
    'completion/complete': ({ params }) => {
      const ref = objectMember(params, 'ref') ?? {};
      const { marker } =
        ref['type'] === 'ref/prompt'
          ? find(named(ref, 'name'), ['prompt'], 'Unknown prompt')
          : find(named(ref, 'uri'), ['template'], 'Unknown resource');
      return complete({ completion: { values: [marker], total: 1 } });
    },
  };
}

function skills(of: Kind, find: Find): Methods {
  const get: FakeMethod = ({ params }) => {
    const { key, marker } = find(named(params, 'uri'), ['skill'], 'Resource not found: {}');
    return complete({ contents: [{ uri: key, text: marker }] });
  };
  return {
    'skills/list': () =>
      complete({ skills: of('skill').map(({ key, marker }) => ({ uri: key, name: marker })) }),
    'skills/get': get,
    'resources/directory/read': get,
  };
}

const READ: readonly ItemKind[] = ['resource', 'page', 'template', 'unlisted'];
const named = (params: JsonObject, member: string): string => stringMember(params, member) ?? '';

function described(marker: string, definition: JsonObject): JsonObject {
  return { ...definition, title: `Title ${marker}`, description: `About ${marker}.` };
}

function toolJson({ key, marker, page }: Item): JsonObject {
  const inputSchema = { type: 'object', properties: { note: { description: `For ${marker}.` } } };
  const ui = { ui: { resourceUri: page?.uri ?? '' } };
  return described(marker, { name: key, inputSchema, _meta: ui });
}
