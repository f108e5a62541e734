import { errorRegistry } from '../../kernel/errors.ts';

/** The page that a problem's `type` leads to: every code with what it means. */
export function errorsPage(): string {
  const rows = Object.entries(errorRegistry).map(
    ([code, { status, rpcCode, retryable, text }]) =>
      `<tr id="${code}"><td><code>${code}</code></td><td>${status}</td><td>${rpcCode}</td>` +
      `<td>${retryable ? 'yes' : 'no'}</td><td>${escapeHtml(text)}</td></tr>`,
  );
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>MCP Gateway errors</title>
    <link rel="icon" type="image/png" href="assets/favicon-32x32.png">
    <link rel="stylesheet" href="assets/page.css">
  </head>
  <body>
    <h1>Errors</h1>
    <table>
      <thead>
        <tr><th>Code</th><th>HTTP</th><th>JSON-RPC</th><th>Retry</th><th>Meaning</th></tr>
      </thead>
      <tbody>
${rows.join('\n')}
      </tbody>
    </table>
  </body>
</html>
`;
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}
