import type { Json, JsonObject } from '../../../kernel/json.ts';
import type { Dialect, SecurityScheme, ServerSource } from './operation-source.ts';
import type { RequestPlan } from './request-plan.ts';

/** Something wrong or lossy in a document; the document as a whole is still usable. */
export interface Diagnostic {
  /** An error cost an operation; a warning cost a detail. */
  readonly severity: 'error' | 'warning';
  /** A stable word for programs, for example `unresolved_reference`. */
  readonly code: string;
  /** `METHOD /path` when it belongs to one operation. */
  readonly operation?: string;
  readonly text: string;
}

/** The tool as tools/list shows it. */
export interface CompiledTool {
  readonly name: string;
  readonly description: string;
  readonly inputSchema: JsonObject;
  readonly outputSchema?: JsonObject;
  readonly annotations: JsonObject;
}

/** One operation, ready to be listed and called. */
export interface CompiledOperation {
  readonly id: string;
  readonly method: string;
  readonly pathTemplate: string;
  readonly operationId: string | undefined;
  readonly tags: readonly string[];
  readonly tool: CompiledTool;
  readonly plan: RequestPlan;
  /** The input schema before it was fitted to a client profile, when it was. */
  readonly fullInputSchema?: JsonObject;
  /** True when it is offered for reading, and not as a tool. */
  readonly isResource?: boolean;
}

/** One step of a composite tool: an operation of the same document, and what it is called with. */
export interface CompositeStep {
  readonly name: string;
  readonly operation: CompiledOperation;
  /** Templates (`fill-template.ts`) by argument. */
  readonly arguments: JsonObject;
  /** A test of a JSONPath filter; the step is left out when it fails. */
  readonly when?: string | undefined;
  /** What a failure does to the tool: `stop` unless it says `continue`. */
  readonly onError?: 'stop' | 'continue' | undefined;
}

/** A tool made of operations, ready to be listed and called. */
export interface CompiledComposite {
  readonly tool: CompiledTool;
  /** The input schema before it was fitted to a client profile, when it was. */
  readonly fullInputSchema?: JsonObject;
  readonly steps: readonly CompositeStep[];
  /** The template of the answer; without it the last step's answer is the tool's. */
  readonly result?: Json | undefined;
}

/** What the document says of the service as a whole. */
export interface ServiceDescription {
  readonly title: string;
  readonly version: string;
  readonly description: string | undefined;
  readonly dialect: Dialect;
  readonly servers: readonly ServerSource[];
  readonly securitySchemes: Readonly<Record<string, SecurityScheme>>;
}

/** A compiled document. */
export interface CompiledDocument {
  readonly service: ServiceDescription;
  readonly operations: readonly CompiledOperation[];
  /** Tools that the configuration makes of several operations. */
  readonly composites?: readonly CompiledComposite[];
  readonly diagnostics: readonly Diagnostic[];
}
