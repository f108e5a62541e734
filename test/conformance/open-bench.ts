import { startGateway, type RunningGateway } from '../support/start-gateway.ts';
import type { ServerCell } from './cells.ts';
import { startFixture } from './fixture/start-fixture.ts';
import { startKeyRelay } from './key-relay.ts';
import { registerService } from './register-service.ts';

/** What the suite is pointed at. */
export interface Bench extends AsyncDisposable {
  /** Where a cell is served. */
  urlOf(cell: ServerCell): string;
  /** The gateway itself, unless the fixtures are tested without one. */
  readonly gateway?: RunningGateway;
}

const slugOf = (upstream: ServerCell['upstream']): string => `conf-${upstream}`;

/** Starts the fixtures of both eras; the suite is pointed at them directly. */
export async function openDirectBench(): Promise<Bench> {
  const fixtures = {
    modern: await startFixture({ era: 'modern' }),
    legacy: await startFixture({ era: 'legacy' }),
  };
  return {
    urlOf: ({ upstream }) => fixtures[upstream].url,
    async [Symbol.asyncDispose]() {
      await Promise.all([fixtures.modern.close(), fixtures.legacy.close()]);
    },
  };
}

/** Starts the fixtures and a gateway in front of them, with a relay that adds the key. */
export async function openGatewayBench(): Promise<Bench> {
  await using stack = new AsyncDisposableStack();
  const direct = stack.use(await openDirectBench());
  const gateway = await startGateway();
  stack.defer(() => gateway.stop());
  for (const upstream of ['modern', 'legacy'] as const) {
    const url = direct.urlOf({ upstream } as ServerCell);
    await registerService(gateway.url, gateway.apiKey, {
      slug: slugOf(upstream),
      url,
      era: upstream,
    });
  }
  const relay = await startKeyRelay(gateway.url, gateway.apiKey);
  stack.defer(() => relay.close());
  const owned = stack.move();
  return {
    gateway,
    urlOf: ({ upstream }) => `${relay.url}/mcp/${slugOf(upstream)}`,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}
