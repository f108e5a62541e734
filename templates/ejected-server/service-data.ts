import { readFileSync } from 'node:fs';
import type { Credential } from '../../src/connectors/openapi/auth/credential.ts';
import type { ServiceSettings } from '../../src/connectors/openapi/call/make-service.ts';
import type {
  CompiledComposite,
  CompiledDocument,
  CompiledOperation,
  CompiledTool,
  ServiceDescription,
} from '../../src/connectors/openapi/model/compiled-document.ts';

/** A credential, and the environment variables that must be set for it. */
export interface CredentialOption {
  readonly variables: readonly string[];
  readonly credential: Credential;
}

/** What `data/service.json` says; `${NAME}` in its texts is an environment variable. */
export interface ServiceData {
  readonly name: string;
  readonly documentUrl?: string;
  readonly settings: Omit<ServiceSettings, 'credentials'>;
  /** Ways to prove the right to each security scheme; the first that is set is used. */
  readonly credentials: Readonly<Record<string, readonly CredentialOption[]>>;
  readonly service: ServiceDescription;
}

type Operations = readonly Omit<CompiledOperation, 'tool'>[];

/** The data that came from the document: nothing of it is code. */
export function readServiceData(): ServiceData & {
  readonly document: CompiledDocument;
  readonly source: () => string;
} {
  const data = read('service.json') as ServiceData;
  const tools = read('tools.json') as readonly CompiledTool[];
  const operations = (read('operations.json') as Operations).map(
    (operation, at): CompiledOperation => ({ ...operation, tool: tools[at] as CompiledTool }),
  );
  const composites = read('composites.json') as readonly CompiledComposite[];
  const document = { service: data.service, operations, composites, diagnostics: [] };
  return { ...data, document, source: () => readText('document.txt') };
}

const read = (name: string): unknown => JSON.parse(readText(name));

const readText = (name: string): string =>
  readFileSync(new URL(`../data/${name}`, import.meta.url), 'utf8');
