import type { JsonObject } from '../../kernel/json.ts';
import type { ExchangeIo } from '../../mcp/message.ts';
import { callComposite } from './call-composite.ts';
import { callOperation, type CallManner } from './call-operation.ts';
import type { OpenapiService } from './make-service.ts';
import type { CompiledComposite, CompiledOperation } from './model.ts';

/** Anything of a service that can be called by name. */
export type ServiceTool = CompiledOperation | CompiledComposite;

/** Finds what a name stands for. */
export function findTool(service: OpenapiService, name: string): ServiceTool | undefined {
  return service.byName.get(name) ?? service.composites.get(name);
}

/** Calls an operation, or the steps of a composite tool. */
export async function callTool(
  service: OpenapiService,
  tool: ServiceTool,
  given: JsonObject,
  io: ExchangeIo,
  manner: CallManner,
): Promise<JsonObject> {
  return 'steps' in tool
    ? await callComposite(service, tool, given, io, manner)
    : await callOperation(service, tool, given, io, manner);
}
