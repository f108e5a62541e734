import type { JsonObject } from '../../../kernel/json.ts';
import type { ExchangeIo } from '../../../mcp/message.ts';
import { callComposite } from '../composite/call-composite.ts';
import { callOperation, type CallOptions } from '../call/call-operation.ts';
import type { OpenapiService } from '../call/make-service.ts';
import type { CompiledComposite, CompiledOperation } from '../model/compiled-document.ts';

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
  input: JsonObject,
  io: ExchangeIo,
  options: CallOptions,
): Promise<JsonObject> {
  return 'steps' in tool
    ? await callComposite(service, tool, input, io, options)
    : await callOperation(service, tool, input, io, options);
}
