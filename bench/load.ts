import { createConnector } from './load-connection.ts';
import { createFaults } from './load-faults.ts';
import { closeLane, openLane } from './load-lane.ts';
import type { Lane } from './load-lane.ts';
import type { LoadMessage } from './load-messages.ts';
import { runLanes } from './load-run.ts';
import { buildMessage, FIRST_ID } from './wire.ts';
import type { WireTarget } from './wire.ts';
import { replyToParent } from './worker-side.ts';

/** Lanes opened to one target, and what went wrong on them. */
interface OpenLanes {
  readonly target: WireTarget;
  readonly lanes: readonly Lane[];
  readonly faults: ReturnType<typeof createFaults>;
}

/** Creates the load generator: a function that carries out one message after the other. */
export function createLoad(): (message: LoadMessage) => Promise<unknown> {
  let current: OpenLanes | undefined;
  let lastId = FIRST_ID;
  const nextId = (): number => (lastId += 1);
  return async (message) => {
    if (message.type === 'open') {
      current = await openLanes(message);
      return undefined;
    }
    if (current === undefined) throw new Error('no lanes are open');
    const { target, lanes, faults } = current;
    switch (message.type) {
      case 'run':
        return runLanes(lanes, message.until, nextId, faults);
      case 'hold':
        return Promise.race([holdLanes(current), faults.first]);
      case 'close': {
        current = undefined;
        const closing = lanes.map((lane) => closeLane(lane, target));
        return Promise.race([Promise.all(closing), faults.first]);
      }
    }
  };
}

async function openLanes(message: Extract<LoadMessage, { type: 'open' }>): Promise<OpenLanes> {
  const { host, port, pathname } = new URL(message.url);
  const target = { host, path: pathname, era: message.era, headers: message.headers };
  const faults = createFaults();
  const connector = createConnector(Number(port), (why) => faults.report(why));
  const opening = Array.from({ length: message.connections }, async () =>
    openLane(await connector(), target, message.tool),
  );
  const lanes = await Promise.race([Promise.all(opening), faults.first]);
  return { target, lanes, faults };
}

async function holdLanes({ target, lanes }: OpenLanes): Promise<void> {
  const params = { notifications: { toolsListChanged: true } };
  const { bytes } = buildMessage(target, 'subscriptions/listen', params);
  const acknowledged = 'notifications/subscriptions/acknowledged';
  await Promise.all(lanes.map((lane) => lane.connection.hold(bytes, acknowledged)));
}

if (import.meta.main) {
  const load = createLoad();
  replyToParent((message) => load(message as LoadMessage));
}
