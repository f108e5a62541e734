import { openapiConfig } from '../../connectors/openapi/prepare/config.ts';
import { generateServer } from '../../connectors/openapi/generate/generate-server.ts';
import { writeFolder } from '../../connectors/openapi/generate/write-folder.ts';
import { loadDocument } from '../../connectors/openapi/document/load-document.ts';
import { HttpEgress } from '../../egress/http-egress.ts';
import { GatewayError } from '../../kernel/errors.ts';
import { objectMember, type JsonObject } from '../../kernel/json.ts';

/** What a standalone server is written from; documents are addresses or texts. */
export interface GenerateJob {
  readonly document: string;
  readonly folder: string;
  readonly name: string | undefined;
  /** Text of a file with the configuration of an OpenAPI service, without its document. */
  readonly config: string | undefined;
  readonly overlays: readonly string[];
  readonly baseUrl: string | undefined;
  /** Headers for every request; `${NAME}` in a value is an environment variable. */
  readonly headers: JsonObject | undefined;
  /** True to write into a folder that holds something. */
  readonly replace: boolean;
}

/** What was written. */
export interface GenerateReport {
  readonly name: string;
  readonly tools: number;
  readonly files: number;
  /** What was wrong or lossy in the document, a sentence each. */
  readonly problems: readonly string[];
}

/** Writes a standalone MCP server for an API document to a folder. Throws GatewayError. */
export async function generateProject(job: GenerateJob): Promise<GenerateReport> {
  const config = readConfig(job);
  // Whoever gives an address on the command line may reach it, wherever it is.
  const hosts = URL.canParse(job.document) ? [new URL(job.document).host] : [];
  await using egress = new HttpEgress({ policy: { allowHosts: hosts } });
  const { name, tools, files, diagnostics } = await generateServer(config, {
    name: job.name,
    egress,
  });
  await writeFolder(job.folder, files, job.replace);
  const problems = diagnostics.map(({ operation, text }) =>
    operation === undefined || text.includes(operation) ? text : `${operation}: ${text}`,
  );
  return { name, tools, files: files.size, problems };
}

function readConfig({ config, document, overlays, baseUrl, headers }: GenerateJob) {
  const given = config === undefined ? {} : readSettings(config);
  if ('document' in given) throw invalid('The document is given as a word, not in --config.');
  const own = Array.isArray(given['overlays']) ? (given['overlays'] as readonly unknown[]) : [];
  const all = [...own, ...overlays];
  const parsed = openapiConfig.safeParse({
    ...given,
    document,
    ...(all.length === 0 ? {} : { overlays: all }),
    ...(baseUrl === undefined ? {} : { baseUrl }),
    ...(headers === undefined
      ? {}
      : { headers: { ...objectMember(given, 'headers'), ...headers } }),
  });
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw invalid(`${(issue?.path ?? []).join('.') || 'The configuration'}: ${issue?.message}`);
}

function readSettings(text: string): JsonObject {
  try {
    return loadDocument(text).root;
  } catch (error) {
    throw invalid(`The file of --config cannot be used: ${(error as Error).message}`);
  }
}

const invalid = (text: string): GatewayError => new GatewayError('invalid_configuration', text);
