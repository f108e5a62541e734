/** How to connect known clients to this gateway, ready to be copied. */
export function connectionGuide(url: string, apiKey: string): string {
  const endpoint = `${url}/mcp`;
  const headers = { Authorization: `Bearer ${apiKey}` };
  return [
    '',
    `MCP endpoint   ${endpoint}`,
    `One service    ${endpoint}/orders (or everything, memory, rooms)`,
    `API            ${url}/docs`,
    `Chat           MCP_GATEWAY_URL=${url} MCP_GATEWAY_KEY=${apiKey} npm run -s gateway chat`,
    `API key        ${apiKey}`,
    ...section('Claude Desktop: claude_desktop_config.json', claudeDesktop(endpoint, apiKey)),
    ...section('VS Code: .vscode/mcp.json', {
      servers: { 'mcp-gateway': { type: 'http', url: endpoint, headers } },
    }),
    ...section('Cursor: .cursor/mcp.json', {
      mcpServers: { 'mcp-gateway': { url: endpoint, headers } },
    }),
    ...section('MCP Inspector: inspector.json, then npx mcp-inspector --config inspector.json', {
      mcpServers: { 'mcp-gateway': { type: 'streamable-http', url: endpoint, headers } },
    }),
  ].join('\n');
}

/** Claude Desktop starts programs, so mcp-remote stands between. */
function claudeDesktop(endpoint: string, apiKey: string): object {
  const args = ['-y', 'mcp-remote', endpoint, '--header', 'Authorization:${AUTHORIZATION}'];
  const env = { AUTHORIZATION: `Bearer ${apiKey}` };
  return { mcpServers: { 'mcp-gateway': { command: 'npx', args, env } } };
}

function section(title: string, config: object): readonly string[] {
  return ['', title, JSON.stringify(config, null, 2)];
}
