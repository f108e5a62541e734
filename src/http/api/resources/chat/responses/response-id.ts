/** One answer to one request: the part of a run that follows an event. */
export interface ResponsePlace {
  readonly runId: string;
  /** The number of the last event before it; 0 for the first of its run. */
  readonly after: number;
}

const KEY = /^([0-9a-f]{32})(?:_([1-9]\d{0,8}))?$/;

/** The id of a response. */
export function responseId(place: ResponsePlace): string {
  return `resp_${keyOf(place)}`;
}

/** The id of an item of a response, by its place among them. */
export function itemId(
  kind: 'msg' | 'rs' | 'fc' | 'mcp',
  place: ResponsePlace,
  at: number,
): string {
  return `${kind}_${keyOf(place)}_i${at}`;
}

/** What an id of a response names; undefined for what is none. */
export function readResponseId(id: string): ResponsePlace | undefined {
  return id.startsWith('resp_') ? readKey(id.slice('resp_'.length)) : undefined;
}

/** The response that an item is of; undefined for what is no item of one. */
export function responseOfItem(id: string): ResponsePlace | undefined {
  const [, key] = /^(?:msg|rs|fc|mcp)_(.+)_i\d+$/.exec(id) ?? [];
  return key === undefined ? undefined : readKey(key);
}

function keyOf({ runId, after }: ResponsePlace): string {
  const key = runId.replace(/^chr_/, '');
  return after === 0 ? key : `${key}_${after}`;
}

function readKey(key: string): ResponsePlace | undefined {
  const [, run, after = '0'] = KEY.exec(key) ?? [];
  return run === undefined ? undefined : { runId: `chr_${run}`, after: Number(after) };
}
