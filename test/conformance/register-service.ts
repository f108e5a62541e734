/** A service of the gateway that reaches a fixture. */
export interface FixtureService {
  readonly slug: string;
  readonly url: string;
  readonly era: 'modern' | 'legacy';
}

/** Registers a fixture with a gateway; it is then served at `/mcp/<slug>`. */
export async function registerService(
  gatewayUrl: string,
  apiKey: string,
  { slug, url, era }: FixtureService,
): Promise<void> {
  const response = await fetch(`${gatewayUrl}/register-service`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ slug, kind: 'mcp-http', config: { url, era } }),
  });
  if (response.ok) return;
  throw new Error(`Registering ${slug} failed: ${response.status} ${await response.text()}`);
}
