import type { Json, JsonObject } from '../../../kernel/json.ts';
import type {
  ParameterLocation,
  SecurityAlternative,
  Serialization,
  ServerSource,
} from './operation-source.ts';

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
  /** The input schema with the body, when the body is among what is set. */
  readonly fixedSchema?: JsonObject;
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
