import type { Json, JsonObject } from '../../kernel/json.ts';

/** The generations of the format that differ in how an operation is read. */
export type Dialect = '2.0' | '3.0' | '3.1' | '3.2';

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

/** Where a parameter travels. */
export type ParameterLocation = 'path' | 'query' | 'querystring' | 'header' | 'cookie' | 'formData';

/** How a parameter's value becomes text (OAS 3.2 "Style Values"; `delimited` is 2.0's tsv & co). */
export type ParameterStyle =
  | 'simple'
  | 'label'
  | 'matrix'
  | 'form'
  | 'delimited'
  | 'deepObject'
  | 'cookie';

/** The rules that turn one value into text. */
export interface Serialization {
  readonly style: ParameterStyle;
  readonly explode: boolean;
  readonly allowReserved: boolean;
  /** The separator of a `delimited` array, not yet encoded. */
  readonly delimiter?: string;
  /** The separator of arrays inside a `delimited` array. */
  readonly innerDelimiter?: string;
  /** 2.0 writes null and an empty list as nothing between separators; 3.x leaves them out. */
  readonly keepsEmpty?: boolean;
  /** Set when the value is a document of its own (`content` instead of `schema`). */
  readonly contentType?: string;
}

/** A parameter as the document has it, the same for every dialect. */
export interface ParameterSource extends Serialization {
  readonly name: string;
  readonly location: ParameterLocation;
  readonly required: boolean;
  readonly deprecated: boolean;
  readonly description: string | undefined;
  readonly schema: Json;
}

/** How one property of a form or multipart body is written. */
export interface EncodingSource {
  readonly contentType: string | undefined;
  /** Present when style, explode or allowReserved was given. */
  readonly serialization: Serialization | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** The one request body that the tool offers. */
export interface BodySource {
  readonly mediaType: string;
  readonly required: boolean;
  readonly description: string | undefined;
  readonly schema: Json;
  readonly encoding: ReadonlyMap<string, EncodingSource>;
}

/** One documented answer. */
export interface ResponseSource {
  readonly status: string;
  readonly mediaType: string | undefined;
  readonly schema: Json | undefined;
  /** Names of the headers it documents, in lower case. */
  readonly headers: readonly string[];
}

/** A server with its variables filled in; `url` may be relative to the document's address. */
export interface ServerSource {
  readonly url: string;
  readonly description?: string;
}

/** One way to authenticate: every scheme in it is needed. */
export type SecurityAlternative = readonly {
  readonly scheme: string;
  readonly scopes: readonly string[];
}[];

/** A security scheme, the same for every dialect. */
export type SecurityScheme =
  | { readonly type: 'apiKey'; readonly in: 'header' | 'query' | 'cookie'; readonly name: string }
  | { readonly type: 'basic' | 'bearer' }
  | { readonly type: 'http'; readonly scheme: string }
  | { readonly type: 'oauth2'; readonly tokenUrl: string | undefined }
  | { readonly type: 'openIdConnect'; readonly url: string | undefined }
  | { readonly type: 'other'; readonly name: string };

/** One operation, read from the document but not yet compiled. */
export interface OperationSource {
  /** `METHOD /path`: unique in the document and independent of order. */
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly operationId: string | undefined;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  readonly tags: readonly string[];
  readonly deprecated: boolean;
  readonly parameters: readonly ParameterSource[];
  readonly body: BodySource | undefined;
  readonly responses: readonly ResponseSource[];
  readonly servers: readonly ServerSource[];
  readonly security: readonly SecurityAlternative[];
}

/** A parameter in a request plan. */
export interface ParameterPlan extends Serialization {
  /** The tool argument that carries it. */
  readonly argument: string;
  readonly name: string;
  readonly location: ParameterLocation;
  readonly required: boolean;
  /** False when a string is never what the schema means (an array or an object is). */
  readonly acceptsText: boolean;
  /** Values the document itself lists; only these may pass a path unencoded, or be empty there. */
  readonly listed?: readonly string[];
  /** What a required parameter is when a call leaves it out: its only value, or its default. */
  readonly fallback?: Json;
}

/** How a body is written. */
export type BodyKind =
  | 'json'
  | 'json-lines'
  | 'json-sequence'
  | 'form'
  | 'multipart'
  | 'binary'
  | 'text'
  | 'xml';

/** How one property of a form or multipart body is written. */
export interface PartPlan {
  readonly binary: boolean;
  /** True when each item of an array is a part of its own. */
  readonly repeated: boolean;
  readonly contentType: string | undefined;
  readonly serialization: Serialization | undefined;
  readonly headers: Readonly<Record<string, string>>;
}

/** How a value becomes an XML element; `definitions` hold the recursive ones. */
export interface XmlPlan {
  readonly root: XmlNode;
  readonly definitions: Readonly<Record<string, XmlNode>>;
}

/** One element, attribute or text of an XML body. */
export interface XmlNode {
  readonly reference?: string;
  /** The name that the document gives; it wins over the name of a property. */
  readonly name?: string;
  /** The component it comes from: its name where there is no other, as at the root. */
  readonly component?: string;
  readonly namespace?: string;
  readonly prefix?: string;
  readonly nodeType: 'element' | 'attribute' | 'text' | 'cdata' | 'none';
  readonly wrapped?: boolean;
  readonly properties?: Readonly<Record<string, XmlNode>>;
  readonly items?: XmlNode;
}

/** The body in a request plan. */
export interface BodyPlan {
  readonly kind: BodyKind;
  readonly mediaType: string;
  readonly required: boolean;
  /** The argument that carries the body; absent when `fields` do. */
  readonly argument?: string;
  /** The one value that the document allows, for a call that leaves a required body out. */
  readonly fallback?: Json;
  /** Arguments that are fields of a 2.0 form. */
  readonly fields?: readonly ParameterPlan[];
  readonly acceptsText: boolean;
  readonly parts: Readonly<Record<string, PartPlan>>;
  readonly xml?: XmlPlan;
}

/** Everything needed to turn arguments into a request; plain data. */
export interface RequestPlan {
  readonly method: string;
  /** The path template without query and fragment. */
  readonly path: string;
  /** A query that is part of the template. */
  readonly fixedQuery: string;
  readonly parameters: readonly ParameterPlan[];
  readonly body: BodyPlan | undefined;
  /** Arguments that the service's configuration sets; no caller sees or changes them. */
  readonly fixed?: JsonObject;
  /** Arguments that no caller sees or sets. */
  readonly unseen?: readonly string[];
  /** Arguments that the service's configuration gives when a call does not. */
  readonly defaults?: JsonObject;
  /** The parts of an answer that are kept, when not all are. */
  readonly fields?: readonly string[];
  /** Model-safe key to the key the API knows, for keys below the top level. */
  readonly renamed: Readonly<Record<string, string>>;
  readonly accept: string;
  /** Names of the headers that belong to the answer, in lower case. */
  readonly answerHeaders?: readonly string[];
  readonly servers: readonly ServerSource[];
  readonly security: readonly SecurityAlternative[];
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
