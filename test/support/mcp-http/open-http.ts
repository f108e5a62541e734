import { mcpHttpConnector } from '../../../src/connectors/mcp-http/connector.ts';
import type { HttpEgress } from '../../../src/egress/http-egress.ts';
import type { UpstreamChange, Upstream } from '../../../src/upstream/contract.ts';
import { testContext } from '../mcp-stdio/harness.ts';

/** An HTTP server as an upstream, and what it reported. */
export interface OpenedHttp {
  readonly upstream: Upstream;
  readonly changes: readonly UpstreamChange[];
}

/** Opens an HTTP server as the catalog would. */
export async function openHttp(
  egress: HttpEgress,
  url: string,
  more: Readonly<Record<string, unknown>> = {},
  secrets: Readonly<Record<string, string>> = {},
): Promise<OpenedHttp> {
  const context = { ...testContext(secrets), egress };
  const config = mcpHttpConnector.config.parse({ url, ...more });
  return { upstream: await mcpHttpConnector.open(config, context), changes: context.changes };
}
