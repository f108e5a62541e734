import { stringMember, type JsonObject } from '../../src/kernel/json.ts';
import { worldBundles } from './bundles.ts';
import { httpSend } from './http-send.ts';
import { worldServices } from './items.ts';
import {
  postHeard,
  talkHttp,
  talkLocal,
  talkOnce,
  talkSse,
  talkWebSocket,
  type ClientEra,
} from './open-talk.ts';
import type { Place } from './oracle.ts';
import type { Talk } from './talk.ts';
import type { World } from './world.ts';

/** A way into the gateway, and what it leads to. */
export interface TestedDoor {
  readonly name: string;
  readonly era: ClientEra;
  readonly place: Place;
  /** Opens it, or another place of the same door. */
  open(world: World, token: string, place: Place): Promise<Talk>;
}

type Opens = (world: World, token: string, place: Place, era: ClientEra) => Promise<Talk> | Talk;

const ERAS = ['modern', 'legacy'] as const;
const all: Place = { kind: 'all' };
const services = worldServices.map(({ slug }): Place => ({ kind: 'service', slug }));
const bundles = worldBundles.map(({ slug }): Place => ({ kind: 'bundle', slug }));
const orders: Place = { kind: 'service', slug: 'orders' };
const desk: Place = { kind: 'bundle', slug: 'desk' };
const vault: Place = { kind: 'service', slug: 'vault' };
const some: Place = { kind: 'some', slugs: ['mail', 'orders'] };

/** Every door with the places that it is tried on, for clients of both eras. */
export function testedDoors(): readonly TestedDoor[] {
  return [
    ...doorsOf('/mcp', [all, ...services, ...bundles], pathed('/mcp', talkHttp)),
    ...doorsOf('/sse', [all, desk], pathed('/sse', talkSse)),
    ...doorsOf('/ws', [all, orders, desk], pathed('/ws', talkWebSocket)),
    ...doorsOf('stdio', [all, orders], (world, token, place, era) =>
      talkLocal({ world, token, era }, place),
    ),
    ...doorsOf('/sessions/mcp', [all, vault, some], inSession('mcp', talkHttp)),
    ...doorsOf('/sessions/messages', [orders, some], inSession('messages', talkOnce)),
    ...doorsOf('/sessions/ws', [some], inSession('ws', talkWebSocket)),
    ...doorsOf('/sessions/sse', [some], inSession('sse', talkSse)),
  ];
}

function doorsOf(name: string, places: readonly Place[], opens: Opens): TestedDoor[] {
  return places.flatMap((place) =>
    ERAS.map((era) => ({
      name: `${name} ${placeName(place)} ${era}`,
      era,
      place,
      open: async (world, token, at) => await opens(world, token, at, era),
    })),
  );
}

function placeName(place: Place): string {
  if (place.kind === 'all') return 'all';
  return `${place.kind} ${place.kind === 'some' ? place.slugs.join('+') : place.slug}`;
}

type TalkKind = (address: Parameters<typeof talkHttp>[0]) => Promise<Talk> | Talk;

function pathed(start: string, talk: TalkKind): Opens {
  return (world, token, place, era) => {
    const slug = place.kind === 'all' || place.kind === 'some' ? '' : `/${place.slug}`;
    const path = `${start}${place.kind === 'bundle' ? '/bundles' : ''}${slug}`;
    return talk({ world, token, path, era });
  };
}

/** A session is made for every talk, and ended with it. */
function inSession(part: string, talk: TalkKind): Opens {
  return async (world, token, place, era) => {
    const slugs = place.kind === 'some' ? place.slugs : place.kind === 'all' ? null : [place.slug];
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const body: JsonObject = slugs === null ? {} : { services: [...slugs] };
    const made = await postHeard({ world, path: '/sessions' }, body, headers);
    if (made.status !== 201) return { opening: made, ask: () => Promise.resolve(made), close };
    const path = `/sessions/${stringMember(made.body, 'id') ?? ''}`;
    const inside = await talk({ world, token, path: `${path}/${part}`, era });
    return {
      ...inside,
      close: async () => {
        await inside.close();
        await httpSend(`${world.doors.url}${path}`, 'DELETE', headers);
      },
    };
  };
}

const close = (): void => {};
