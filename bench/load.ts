import { createConnector } from './load-connection.ts';
import { createFaults } from './load-faults.ts';
import { closeLane, openLane } from './load-lane.ts';
import type { Lane } from './load-lane.ts';
import type { LoadMessage } from './load-messages.ts';
import { runLanes } from './load-run.ts';
import { buildMessage, FIRST_ID } from './wire.ts';
import { replyToParent } from './worker-side.ts';

/** Lanes opened to one target, and what went wrong on them. */
interface OpenLanes {
  readonly lanes: readonly Lane[];
  readonly faults: ReturnType<typeof createFaults>;
}

const OPENED_TOGETHER = 200;

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
    const { lanes, faults } = current;
    switch (message.type) {
      case 'run':
        return runLanes(lanes, message.until, nextId, faults);
      case 'hold':
        return Promise.race([holdLanes(current), faults.first]);
      case 'close': {
        current = undefined;
        return Promise.race([Promise.all(lanes.map(closeLane)), faults.first]);
      }
    }
  };
}

async function openLanes(message: Extract<LoadMessage, { type: 'open' }>): Promise<OpenLanes> {
  const { host, port, pathname } = new URL(message.url);
  const { era, tool, connections } = message;
  const faults = createFaults();
  const connector = createConnector(Number(port), (why) => faults.report(why));
  const lanes: Lane[] = [];
  const openOne = async (index: number): Promise<Lane> => {
    const headers = message.headers[index % message.headers.length] ?? {};
    return openLane(await connector(), { host, path: pathname, era, headers }, tool);
  };
  // Not all at once: a listener has room for some hundred that it has not accepted yet.
  while (lanes.length < connections) {
    const length = Math.min(OPENED_TOGETHER, connections - lanes.length);
    const opening = Array.from({ length }, (_, index) => openOne(lanes.length + index));
    lanes.push(...(await Promise.race([Promise.all(opening), faults.first])));
  }
  return { lanes, faults };
}

async function holdLanes({ lanes }: OpenLanes): Promise<void> {
  const params = { notifications: { toolsListChanged: true } };
  const acknowledged = 'notifications/subscriptions/acknowledged';
  await Promise.all(
    lanes.map(({ connection, target }) => {
      const { bytes } = buildMessage(target, 'subscriptions/listen', params);
      return connection.hold(bytes, acknowledged);
    }),
  );
}

if (import.meta.main) {
  const load = createLoad();
  replyToParent((message) => load(message as LoadMessage));
}
