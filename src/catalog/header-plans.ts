import { stringMember, type JsonObject } from '../kernel/json.ts';
import { InvalidHeaderPlan, readHeaderPlan, type HeaderPlan } from '../mcp/wire/header-plan.ts';

/** What each tool of a list wants mirrored into headers; most want nothing and are left out. */
export function headerPlans(tools: readonly JsonObject[]): ReadonlyMap<string, HeaderPlan> {
  const plans = new Map<string, HeaderPlan>();
  for (const tool of tools) {
    const name = stringMember(tool, 'name');
    const plan = name === undefined ? [] : planOf(tool);
    if (name !== undefined && plan.length > 0) plans.set(name, plan);
  }
  return plans;
}

/** Over carriers without headers a tool may have annotations that no header can follow. */
function planOf(tool: JsonObject): HeaderPlan {
  try {
    return readHeaderPlan(tool['inputSchema']);
  } catch (error) {
    if (error instanceof InvalidHeaderPlan) return [];
    throw error;
  }
}
