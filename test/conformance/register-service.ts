/** A service of the gateway that reaches a fixture. */
export interface FixtureService {
  readonly slug: string;
  readonly url: string;
  readonly era: 'modern' | 'legacy';
  readonly credentials?: object | undefined;
  readonly secrets?: Readonly<Record<string, string>> | undefined;
}

/** Registers a fixture with a gateway; it is then served at `/mcp/<slug>`. */
export async function registerService(
  gatewayUrl: string,
  apiKey: string,
  { slug, url, era, credentials, secrets }: FixtureService,
): Promise<void> {
  const response = await fetch(`${gatewayUrl}/register-service`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ slug, kind: 'mcp-http', config: { url, era, credentials }, secrets }),
  });
  if (response.ok) return;
  throw new Error(`Registering ${slug} failed: ${response.status} ${await response.text()}`);
}

/** Removes a service, which closes its connections. */
export async function removeService(url: string, apiKey: string, slug: string): Promise<void> {
  const response = await fetch(`${url}/api/v1/services/${slug}`, {
    method: 'DELETE',
    headers: { authorization: `Bearer ${apiKey}` },
  });
  if (!response.ok) throw new Error(`Removing ${slug} failed: ${response.status}`);
}

/** Connects the caller's account at a service by a token that says who the caller is. */
export async function connectSubject(
  url: string,
  apiKey: string,
  body: { readonly service: string; readonly subjectToken: string },
): Promise<void> {
  const response = await fetch(`${url}/api/v1/connections`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${apiKey}` },
    body: JSON.stringify(body),
  });
  if (response.ok) return;
  throw new Error(`Connecting failed: ${response.status} ${await response.text()}`);
}
