import type { Json } from '../../../kernel/json.ts';

/** The generations of the format that differ in how an operation is read. */
export type Dialect = '2.0' | '3.0' | '3.1' | '3.2';

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
