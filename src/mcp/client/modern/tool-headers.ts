import { isJsonObject, type Json, type JsonObject } from '../../../kernel/json.ts';
import { JsonBytes } from '../../../kernel/json-bytes.ts';
import { limits } from '../../../kernel/limits.ts';
import { InvalidHeaderPlan, readHeaderPlan, type HeaderPlan } from '../../wire/header-plan.ts';

/** A tool that is left out of a list, and why. */
export type Dropped = (tool: string, reason: string) => void;

/**
 * What the tools of one server want mirrored into headers, learnt from every `tools/list` result
 * that passes by.
 */
export class ToolHeaders {
  readonly #plans = new Map<string, HeaderPlan>();
  readonly #dropped: Dropped;

  constructor(dropped: Dropped) {
    this.#dropped = dropped;
  }

  /** The plan of a tool, or undefined when it mirrors nothing. */
  planOf(tool: string): HeaderPlan | undefined {
    return this.#plans.get(tool);
  }

  /** Forgets everything. */
  clear(): void {
    this.#plans.clear();
  }

  /**
   * Learns from one page and returns it without the tools whose annotations are invalid: those
   * must not be offered (2026-07-28 streamable-http, "Schema Extension").
   */
  learn(page: JsonBytes): JsonBytes {
    const { tools } = page.value;
    if (!Array.isArray(tools)) return page;
    const kept = (tools as readonly Json[]).filter((tool) => this.#accept(tool));
    if (kept.length === tools.length) return page;
    return JsonBytes.fromValue({ ...page.value, tools: kept });
  }

  #accept(tool: Json): boolean {
    if (!isJsonObject(tool) || typeof tool['name'] !== 'string') return true;
    const { name } = tool as JsonObject & { name: string };
    try {
      const plan = readHeaderPlan(tool['inputSchema']);
      if (plan.length === 0) this.#plans.delete(name);
      else if (this.#plans.size < limits.toolsPerServiceMax) this.#plans.set(name, plan);
      return true;
    } catch (error) {
      if (!(error instanceof InvalidHeaderPlan)) throw error;
      this.#dropped(name, error.message);
      return false;
    }
  }
}
