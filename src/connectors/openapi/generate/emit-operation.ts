import type { CompiledTool } from '../model/compiled-document.ts';
import { isJsonObject } from '../../../kernel/json.ts';
import { commentText, quoteText } from './quote-text.ts';
import { JSON_TYPE, typeText } from './type-text.ts';

/** A generated module with the function of one operation. */
export interface OperationModule {
  readonly functionName: string;
  readonly typeName: string;
  readonly text: string;
}

const COMMENT_CHARACTERS = 400;

/**
 * Writes the typed function of one operation. The names that the module imports have a `$`, which
 * no name from a document has.
 */
export function emitOperation(tool: CompiledTool, functionName: string): OperationModule {
  const typeName = `${functionName.charAt(0).toUpperCase()}${functionName.slice(1)}Arguments`;
  const { required, properties } = tool.inputSchema;
  const isFree = !Array.isArray(required) || required.length === 0;
  const takesNothing = !isJsonObject(properties) || Object.keys(properties).length === 0;
  const types = takesNothing
    ? `export type ${typeName} = { readonly [key: string]: never };\n`
    : typeText(tool.inputSchema, typeName);
  const json = types.includes(JSON_TYPE)
    ? `import type { Json as ${JSON_TYPE} } from '../gateway/kernel/json.ts';\n`
    : '';
  const text =
    `import { callTool as $callTool, type ToolResult as $ToolResult } from '../call-tool.ts';\n` +
    `${json}import type { OpenedService as $OpenedService } from '../open-service.ts';\n\n` +
    `${types}\n` +
    `/** ${commentText(tool.description, COMMENT_CHARACTERS)} */\n` +
    `export function ${functionName}(\n` +
    `  $service: $OpenedService,\n` +
    `  $input: ${typeName}${isFree ? ' = {}' : ''},\n` +
    `): Promise<$ToolResult> {\n` +
    `  return $callTool($service, ${quoteText(tool.name)}, $input);\n` +
    `}\n`;
  return { functionName, typeName, text };
}

/** The module that exports the functions of all operations. */
export function emitIndex(modules: readonly OperationModule[]): string {
  return modules
    .map(
      ({ functionName, typeName }) =>
        `export { ${functionName}, type ${typeName} } from './${functionName}.ts';\n`,
    )
    .join('');
}
