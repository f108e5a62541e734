import { GatewayError } from '../../../kernel/errors.ts';
import { isJsonObject, stringMember, type Json, type JsonObject } from '../../../kernel/json.ts';
import { limits } from '../../../kernel/limits.ts';
import { selectNodes, type FoundNode } from '../json-path/select-nodes.ts';
import type { Diagnostic } from '../model/compiled-document.ts';

/** A document after its overlays. */
export interface OverlaidDocument {
  readonly root: JsonObject;
  readonly diagnostics: readonly Diagnostic[];
}

type Changeable = Record<string | number, Json>;

/**
 * Applies Overlay documents (OpenAPI Overlay 1.0) in order to a copy of a document. An action that
 * selects nothing leaves a diagnostic. Throws GatewayError `invalid_configuration`.
 */
export function applyOverlays(root: JsonObject, overlays: readonly JsonObject[]): OverlaidDocument {
  if (overlays.length === 0) return { root, diagnostics: [] };
  const actions = overlays.flatMap(actionsOf);
  if (actions.length > limits.overlayActionsMax) throw invalid('have too many actions');
  const changed = structuredClone(root);
  const diagnostics: Diagnostic[] = [];
  for (const action of actions) {
    const nodes = nodesOf(changed, action.target);
    if (nodes.length === 0) diagnostics.push(nothingSelected(action.target));
    // From the last to the first, so that what is removed moves nothing that is still to come.
    for (const node of nodes.toSorted(fromLast)) run(changed, node, action);
  }
  return { root: changed, diagnostics };
}

interface Action {
  readonly target: string;
  readonly update: Json | undefined;
  readonly remove: boolean;
}

function actionsOf(overlay: JsonObject): readonly Action[] {
  const version = stringMember(overlay, 'overlay');
  if (version === undefined || !/^1\.\d+\.\d+$/.test(version)) {
    throw invalid('must say "overlay": "1.0.0"');
  }
  const actions = overlay['actions'];
  if (!Array.isArray(actions)) throw invalid('must have "actions"');
  return (actions as readonly Json[]).map((action) => {
    const target = isJsonObject(action) ? stringMember(action, 'target') : undefined;
    if (!isJsonObject(action) || target === undefined) throw invalid('need a target per action');
    return { target, update: action['update'], remove: action['remove'] === true };
  });
}

function nodesOf(root: JsonObject, target: string): readonly FoundNode[] {
  try {
    return selectNodes(root, target);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    throw invalid(`have a target "${target.slice(0, 200)}": ${problem}`);
  }
}

/** Later items of a list come first, and what is inside comes before what holds it. */
function fromLast({ path: one }: FoundNode, { path: two }: FoundNode): number {
  for (const [at, key] of one.entries()) {
    const other = two[at];
    if (other === undefined) return -1;
    if (key === other) continue;
    if (typeof key === 'number' && typeof other === 'number') return other - key;
    return String(key) < String(other) ? 1 : -1;
  }
  return one.length === two.length ? 0 : 1;
}

function run(root: JsonObject, { path }: FoundNode, { update, remove }: Action): void {
  const key = path.at(-1);
  const parent = path
    .slice(0, -1)
    .reduce<Json | undefined>((value, step) => (value as Changeable | undefined)?.[step], root);
  if (key === undefined) {
    if (!remove && isJsonObject(update)) merge(root, update);
    return;
  }
  // An earlier node of the same action may have removed something above it.
  if (typeof parent !== 'object' || parent === null || !Object.hasOwn(parent, key)) return;
  const holder = parent as Changeable;
  if (remove) {
    if (Array.isArray(parent)) (parent as Json[]).splice(Number(key), 1);
    else delete holder[key];
  } else if (update !== undefined) holder[key] = merged(holder[key], update);
}

/** Objects are merged, lists are added to, everything else is replaced. */
function merged(value: Json | undefined, update: Json): Json {
  if (Array.isArray(value)) {
    const more = Array.isArray(update) ? (update as readonly Json[]) : [update];
    return [...(value as readonly Json[]), ...more];
  }
  if (!isJsonObject(value) || !isJsonObject(update)) return structuredClone(update);
  merge(value, update);
  return value;
}

function merge(into: Changeable, update: JsonObject): void {
  for (const [key, value] of Object.entries(update)) {
    // An own member of this name would become the prototype.
    if (key === '__proto__') continue;
    into[key] = Object.hasOwn(into, key) ? merged(into[key], value) : structuredClone(value);
  }
}

const invalid = (problem: string): GatewayError =>
  new GatewayError('invalid_configuration', `The overlays ${problem}.`);

const nothingSelected = (target: string): Diagnostic => ({
  severity: 'warning',
  code: 'overlay_selects_nothing',
  text: `The overlay's target "${target.slice(0, 200)}" selects nothing.`,
});
