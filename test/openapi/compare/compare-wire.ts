import { isJsonObject, type JsonObject } from '../../../src/kernel/json.ts';
import { judgeWireCase, type WireCase } from '../judge-wire-case.ts';
import { startWireServer, type WireServer } from '../start-wire-server.ts';
import { alikeOnTheWire } from './alike-on-the-wire.ts';
import type { Converter, ServedDocument } from './converter.ts';
import { bareName, givenArguments } from './find-argument.ts';
import type { WireSuite } from './compared-suites.ts';

/** How a converter did with calls whose requests are known. */
export interface WireScore {
  readonly right: number;
  readonly of: number;
  /** What went wrong, by case. */
  readonly wrong: ReadonlyMap<string, string>;
}

/**
 * Makes every call of every suite. A document is served whole; a case without a tool then gets a
 * document of its own, so that one operation a converter cannot take costs it one case.
 */
export async function compareWire(
  converter: Converter,
  suites: readonly WireSuite[],
): Promise<WireScore> {
  const wrong = new Map<string, string>();
  let of = 0;
  await using api = await startWireServer();
  for (const { document: given, cases } of suites) {
    of += cases.length;
    const document = servedAt(given, api.url);
    await using whole = new Held(converter, document);
    for (const each of cases) {
      let problem = await tryCase(whole, document, each, api);
      if (problem === NO_TOOL) {
        const alone = onlyOperation(document, each.id);
        await using single = new Held(converter, alone);
        problem = await tryCase(single, alone, each, api);
      }
      if (problem !== undefined) wrong.set(each.id, problem);
    }
  }
  return { right: of - wrong.size, of, wrong };
}

const NO_TOOL = 'no such tool';

/** A served document that is opened again after it died; at most once per case. */
class Held implements AsyncDisposable {
  readonly #open: () => Promise<ServedDocument>;
  #served: ServedDocument | undefined;
  #refused = false;

  constructor(converter: Converter, document: JsonObject) {
    this.#open = () => converter.open(document);
  }

  async served(): Promise<ServedDocument | undefined> {
    if (this.#refused) return undefined;
    try {
      return (this.#served ??= await this.#open());
    } catch {
      this.#refused = true;
      return undefined;
    }
  }

  async drop(): Promise<void> {
    await this.#served?.[Symbol.asyncDispose]();
    this.#served = undefined;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.drop();
  }
}

async function tryCase(
  held: Held,
  document: JsonObject,
  each: WireCase,
  api: WireServer,
): Promise<string | undefined> {
  const served = await held.served();
  const tool = served?.tools.find(({ name }) => bareName(name) === bareName(each.id));
  if (served === undefined || tool === undefined) return NO_TOOL;
  api.arrived.length = 0;
  let isError: boolean;
  try {
    isError = (await served.call(tool.name, givenArguments(document, tool, each))).isError;
  } catch (error) {
    // Refused by the protocol, or it is gone; the next case starts it anew.
    await held.drop();
    isError = true;
    if (each.expect.urlOrReject === undefined) {
      return error instanceof Error ? error.message.slice(0, 200) : 'the call failed';
    }
  }
  const [arrived] = api.arrived;
  // Whoever sends nothing has refused, however it is said.
  if (each.expect.urlOrReject !== undefined && arrived === undefined) return undefined;
  const problem = judgeWireCase(each, arrived, isError);
  if (problem === undefined || arrived === undefined) return problem;
  const { url, header, body } = each.expect;
  const pattern = [url, header?.[1], body].filter((text) => text !== undefined).join(' ');
  const again = judgeWireCase(each, alikeOnTheWire(arrived, pattern), isError);
  return again === undefined ? undefined : problem;
}

/** The document with its API, and any other server it names on loopback, at this address. */
function servedAt(document: JsonObject, url: string): JsonObject {
  const text = JSON.stringify(document).replaceAll(/http:\/\/127\.0\.0\.1:\d+/g, url);
  const moved = JSON.parse(text) as JsonObject;
  if (moved['servers'] !== undefined) return moved;
  return moved['swagger'] === undefined
    ? { ...moved, servers: [{ url }] }
    : { ...moved, host: new URL(url).host, schemes: ['http'] };
}

/** The document with one operation and everything it may refer to. */
function onlyOperation(document: JsonObject, id: string): JsonObject {
  const paths: Record<string, JsonObject> = {};
  for (const [path, item] of Object.entries((document['paths'] ?? {}) as JsonObject)) {
    if (!isJsonObject(item)) continue;
    if (JSON.stringify(item).includes(`"operationId":${JSON.stringify(id)}`)) paths[path] = item;
  }
  return { ...document, paths };
}
